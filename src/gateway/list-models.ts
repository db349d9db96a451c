import { AppError } from '#kernel/errors.ts';
import type { ModelId, OrgId } from '#kernel/ids.ts';
import type { Snapshot, SnapshotModel } from '#routing/snapshot.ts';
import type { ProtocolName } from './client-protocol.ts';

export interface ModelsQuestion {
  readonly snapshot: Snapshot;
  readonly orgId: OrgId;
  /** Those that the key may call. */
  readonly isAllowed: (model: SnapshotModel) => boolean;
  readonly nowMs: number;
  readonly protocol: ProtocolName;
  /** The request target, of which only Anthropic's clients use the query. */
  readonly target: string;
}

const PAGE_DEFAULT = 20;
const PAGE_MAX = 1_000;

/** `GET /v1/models`: what the caller's organisation can call now. @throws request.invalid */
export function modelsBody(question: ModelsQuestion): unknown {
  const { nowMs, protocol, target } = question;
  const models = listed(question);
  if (protocol === 'anthropic') return anthropicPage(models, nowMs, target);
  return { object: 'list', data: models.map((model) => openAiModel(model, nowMs)) };
}

/** `GET /v1/models/{id}` @throws model.not_served */
export function oneModelBody(question: ModelsQuestion, name: string): unknown {
  const { nowMs, protocol } = question;
  const model = listed(question).find(({ id, hfId }) => id === name || hfId === name);
  if (!model) throw new AppError('model.not_served', { details: { param: 'model' } });
  return protocol === 'anthropic' ? anthropicModel(model, nowMs) : openAiModel(model, nowMs);
}

interface ListedModel extends SnapshotModel {
  readonly ownedBy?: string;
}

/** Its own models, then what others offer it and really serve now. */
function listed({ snapshot, orgId, isAllowed, nowMs }: ModelsQuestion): ListedModel[] {
  const offered = snapshot.market
    .usableBy(orgId, nowMs)
    .filter(({ providerOrgId, modelId }) =>
      snapshot.listedFor(providerOrgId).some((model) => model.id === modelId),
    )
    .map(({ id, name }) => ({ id: id as ModelId, hfId: name, ownedBy: name.split('/')[0] ?? '' }));
  return [...snapshot.listedFor(orgId), ...offered].filter(isAllowed);
}

function openAiModel({ hfId, ownedBy = 'inventiv' }: ListedModel, nowMs: number) {
  return { id: hfId, object: 'model', created: Math.floor(nowMs / 1_000), owned_by: ownedBy };
}

function anthropicModel({ hfId }: SnapshotModel, nowMs: number) {
  return { type: 'model', id: hfId, display_name: hfId, created_at: new Date(nowMs).toISOString() };
}

/** Pages after or before an id, as its SDK walks through them. */
function anthropicPage(models: readonly SnapshotModel[], nowMs: number, target: string): unknown {
  const query = new URLSearchParams(target.slice(target.indexOf('?') + 1 || target.length));
  const limit = Number(query.get('limit') ?? PAGE_DEFAULT);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > PAGE_MAX) {
    const publicMessage = `limit must be a whole number from 1 to ${PAGE_MAX}.`;
    throw new AppError('request.invalid', { publicMessage, details: { param: 'limit' } });
  }
  const indexOf = (id: string) => models.findIndex(({ hfId }) => hfId === id);
  const before = query.get('before_id');
  const after = query.get('after_id');
  const end = before === null ? models.length : Math.max(0, indexOf(before));
  const start = after === null ? (before === null ? 0 : Math.max(0, end - limit)) : indexOf(after) + 1;
  const page = models.slice(start, Math.min(end, start + limit));
  const hasMore = before === null ? start + limit < end : start > 0;
  return {
    data: page.map((model) => anthropicModel(model, nowMs)),
    has_more: hasMore,
    first_id: page[0]?.hfId ?? null,
    last_id: page.at(-1)?.hfId ?? null,
  };
}
