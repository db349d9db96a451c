import { AppError } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { Snapshot, SnapshotModel } from '#routing/snapshot.ts';

export interface ModelsFilter {
  readonly orgId: OrgId;
  readonly isAllowed: (model: SnapshotModel) => boolean;
}

/** `GET /v1/models`: what the caller's organisation can call now. */
export function modelsBody(snapshot: Snapshot, filter: ModelsFilter, nowMs: number): unknown {
  return { object: 'list', data: listed(snapshot, filter).map((model) => modelBody(model, nowMs)) };
}

/** `GET /v1/models/{id}` @throws model.not_served */
export function oneModelBody(snapshot: Snapshot, filter: ModelsFilter, name: string, nowMs: number): unknown {
  const model = listed(snapshot, filter).find(({ id, hfId }) => id === name || hfId === name);
  if (!model) throw new AppError('model.not_served', { details: { param: 'model' } });
  return modelBody(model, nowMs);
}

function listed(snapshot: Snapshot, { orgId, isAllowed }: ModelsFilter): SnapshotModel[] {
  return snapshot.listedFor(orgId).filter(isAllowed);
}

function modelBody(model: SnapshotModel, nowMs: number) {
  return { id: model.hfId, object: 'model', created: Math.floor(nowMs / 1_000), owned_by: 'inventiv' };
}
