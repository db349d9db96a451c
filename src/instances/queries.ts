import type * as z from 'zod';
import { type ExchangeRate, microsPerHour } from '#catalog/price.ts';
import type {
  ActionSort,
  InstanceDetail,
  InstanceOffer,
  InstanceSort,
  InstanceView,
  WorkerSort,
  workerSchema,
} from '#contracts/instances.ts';
import { isTunnelled } from '#contracts/tunnel.ts';
import type { Queryable } from '#database/database.ts';
import type { ListFound, ListWish } from '#database/listing.ts';
import { withAllRows } from '#database/row-scope.ts';
import { describeActivations, listMissing } from '#identity/activation/queries.ts';
import { AppError } from '#kernel/errors.ts';
import type { DeploymentId, InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { hashToken, parseToken } from '#kernel/token.ts';
import { isStarting } from './instance-machine.ts';
import { computeProgress, describeSteps } from './progress.ts';
import { MACHINE_FIGURES } from './series/figures.ts';
import { readSeries, type Series, type SeriesDeps, type SeriesWindow } from './series/read-series.ts';
import { type AccountUseRow, selectAccountUses } from './store/account-uses.ts';
import { ACTION_LIST, type ActionFilter, type ActionRow, selectActions } from './store/action-log.ts';
import {
  type AwaitedModel,
  selectAwaitedModels,
  selectUnactivatedModels,
  type UnactivatedModel,
} from './store/awaited-models.ts';
import { type CostEvent, selectCostEvents } from './store/cost-events.ts';
import { readState } from './store/instances.ts';
import { type OfferViewRow, selectOffersOf } from './store/offers.ts';
import { selectReinstall } from './store/reinstalls.ts';
import { selectPeakSpeeds } from './store/samples.ts';
import {
  type HistoryRow,
  INSTANCE_LIST,
  type InstanceFilter,
  selectExperience,
  selectHistory,
  selectSteps,
  selectUsualStarts,
  selectView,
  selectViews,
  selectViewsOfDeployments,
  type UsualStart,
  type ViewRow,
} from './store/views.ts';
import { selectVolumes, type VolumeView } from './store/volumes.ts';
import {
  findWorkerByHash,
  type ServingInstance,
  selectServing,
  selectTunnelled,
  selectWorkers,
  type TunnelledInstance,
  WORKER_LIST,
  type WorkerIdentity,
} from './store/workers.ts';

import type { TermsRow } from './terms/terms.ts';
import { selectAllTerms } from './terms/terms-store.ts';

export { retentionHours as seriesRetentionHours } from './series/retention.ts';
export type { ActionFilter, ActionRow, CostEvent, InstanceFilter, ServingInstance, WorkerIdentity };
export { ACTION_LIST, INSTANCE_LIST, WORKER_LIST };

const DATA_PORT = 8000;

/** What still needs an account on a provider: without it nobody could end or prove these. */
export function listAccountUses(db: Queryable, scope: OrgScope, accountId: string): Promise<AccountUseRow[]> {
  return selectAccountUses(db, scope, accountId);
}

/** A page of them. Costs are filled in by who knows them. */
export async function listInstances(
  db: Queryable,
  scope: OrgScope,
  filter: InstanceFilter,
  wish: ListWish<InstanceSort>,
  usdRate: ExchangeRate,
): Promise<ListFound<InstanceView>> {
  const found = await selectViews(db, scope, filter, wish, usdRate.eurMillionths);
  return { ...found, rows: await toViews(db, scope, found.rows, usdRate) };
}

/** Milliseconds that a start usually takes, by kind of machine; learned from all of the installation. */
export async function listUsualStarts(db: Queryable): Promise<ReadonlyMap<string, UsualStart>> {
  const rows = await withAllRows(() => selectUsualStarts(db));
  return new Map(rows.map(({ instanceTypeId, ...start }) => [instanceTypeId, start]));
}

/** The most tokens a second that the organisation's own machines of each kind were seen to produce with a model. */
export async function listPeakSpeeds(
  db: Queryable,
  scope: OrgScope,
  modelId: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await selectPeakSpeeds(db, scope, modelId, MACHINE_FIGURES.indexOf('tokens_per_second'));
  return new Map(rows.map(({ instanceTypeId, tokensPerSecond }) => [instanceTypeId, tokensPerSecond]));
}

/** Instances of each deployment, oldest first. */
export async function listInstancesOfDeployments(
  db: Queryable,
  scope: OrgScope,
  deploymentIds: readonly DeploymentId[],
  usdRate: ExchangeRate,
): Promise<InstanceView[]> {
  const rows = await selectViewsOfDeployments(db, scope, deploymentIds);
  return toViews(db, scope, rows, usdRate);
}

/** @throws instance.not_found */
export async function getInstanceDetail(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
  usdRate: ExchangeRate,
): Promise<Omit<InstanceDetail, 'engine'>> {
  const row = await selectView(db, scope, id);
  if (!row) throw new AppError('instance.not_found');
  const [views, steps, experience, history, volumes, reinstall, offers] = await Promise.all([
    toViews(db, scope, [row], usdRate),
    selectSteps(db, scope, id),
    // How long a kind of machine takes is learned from all of the installation.
    withAllRows(() => selectExperience(db, row.instance_type_id, id)),
    selectHistory(db, scope, id),
    selectVolumes(db, scope, id),
    selectReinstall(db, scope, id),
    selectOffersOf(db, scope, id),
  ]);
  const completed = steps.map((step) => ({ step: step.step, completedAtMs: step.completed_at.getTime() }));
  const begunAnewMs = history.filter(isNewBeginning).map(({ at }) => at.getTime());
  const now = { nowMs: row.now.getTime(), isStarting: isStarting(row.state), begunAnewMs };
  const [view] = views;
  if (!view) throw new Error('one row makes one view');
  return {
    ...view,
    server_ref: row.server_ref,
    steps: describeSteps(completed, experience, now).map((step) => ({
      step: step.step,
      percent: step.percent,
      completed_at: step.completedAtMs === null ? null : new Date(step.completedAtMs).toISOString(),
      duration_ms: step.durationMs,
      expected_ms: step.expectedMs,
      stalled: step.isStalled,
    })),
    history: history.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
    volumes: volumes.map((volume) => toVolumeView(volume, usdRate)),
    reinstall: reinstall
      ? {
          ...reinstall,
          path_began_at: reinstall.path_began_at.toISOString(),
          created_at: reinstall.created_at.toISOString(),
          ended_at: reinstall.ended_at?.toISOString() ?? null,
        }
      : null,
    offers: offers.map((offer) => toOfferView(offer, usdRate)),
  };
}

/** A start that repeats some of its steps: the same condition as in `selectExperience`. */
function isNewBeginning({ from, to }: HistoryRow): boolean {
  return (to === 'installing' && from !== 'booting') || from === 'provisioning_failed';
}

function toVolumeView(row: VolumeView, usdRate: ExchangeRate): InstanceDetail['volumes'][number] {
  const { nanos_per_hour: nanosPerHour, currency, ...volume } = row;
  const price = nanosPerHour === null || currency === null ? null : { nanosPerHour, currency };
  return {
    ...volume,
    price_micros_per_hour: microsPerHour(price, usdRate),
    created_at: volume.created_at.toISOString(),
    delete_asked_at: volume.delete_asked_at?.toISOString() ?? null,
    deleted_at: volume.deleted_at?.toISOString() ?? null,
  };
}

function toOfferView(row: OfferViewRow, usdRate: ExchangeRate): InstanceOffer {
  const {
    price_nanos_per_hour: nanosPerHour,
    price_currency: currency,
    refused_at: refusedAt,
    ...offer
  } = row;
  const price = nanosPerHour === null || currency === null ? null : { nanosPerHour, currency };
  return {
    ...offer,
    price_micros_per_hour: microsPerHour(price, usdRate),
    refused_at: refusedAt?.toISOString() ?? null,
  };
}

/** What was done, to one instance or to all. @throws instance.not_found */
export async function listActions(
  db: Queryable,
  scope: OrgScope,
  filter: ActionFilter & { readonly of?: InstanceId | undefined },
  wish: ListWish<ActionSort>,
): Promise<ListFound<ActionRow>> {
  const { of: id, ...rest } = filter;
  if (id === undefined) return selectActions(db, scope, rest, wish);
  if ((await readState(db, scope, id)) === undefined) throw new AppError('instance.not_found');
  return selectActions(db, scope, { ...rest, instanceId: id }, wish);
}

/** What the machine measured in each step of the window. @throws instance.not_found, request.invalid */
export async function getSeries(
  deps: SeriesDeps,
  scope: OrgScope,
  id: InstanceId,
  window: SeriesWindow,
): Promise<Series> {
  if ((await readState(deps.db, scope, id)) === undefined) throw new AppError('instance.not_found');
  return readSeries(deps, scope, id, window);
}

/** Who may get requests now, in every organisation: for the gateways' memory. */
export async function listServingInstances(db: Queryable): Promise<ServingInstance[]> {
  return selectServing(db, DATA_PORT);
}

/** What owners allow, of all machines that are there. */
export async function listMachineTerms(db: Queryable): Promise<TermsRow[]> {
  return selectAllTerms(db);
}

/** Whose agents may dial the gateways, in every organisation. */
export async function listTunnelledWorkers(db: Queryable): Promise<TunnelledInstance[]> {
  return selectTunnelled(db);
}

/** What will be served soon: a gateway says "not ready yet" for these, and "no such model" for others. */
export async function listAwaitedModels(db: Queryable): Promise<AwaitedModel[]> {
  return selectAwaitedModels(db);
}

/** What an instance is there for, or on its way, that lacks an activation. */
export async function listUnactivatedModels(db: Queryable): Promise<UnactivatedModel[]> {
  return selectUnactivatedModels(db);
}

/** Agents that registered, one more than `limit` when there are more. */
export async function listWorkers(
  db: Queryable,
  scope: OrgScope,
  wanted: { readonly search?: string | undefined; readonly outdated?: boolean | undefined },
  wish: ListWish<WorkerSort>,
  expected: { readonly worker_version: string | null; readonly worker_sha256: string | null },
): Promise<ListFound<z.infer<typeof workerSchema>>> {
  const { search, outdated: is } = wanted;
  const outdated = is === undefined ? undefined : { is, expectedSha256: expected.worker_sha256 };
  const found = await selectWorkers(db, scope, { search, outdated }, wish);
  return {
    ...found,
    rows: found.rows.map(({ reach, address, ...row }) => ({
      ...row,
      reach: isTunnelled(reach, address) ? 'tunnel' : 'direct',
      expected_version: expected.worker_version,
      expected_sha256: expected.worker_sha256,
      is_outdated: isOutdated(row.sha256, expected.worker_sha256),
      registered_at: row.registered_at?.toISOString() ?? null,
      token_issued_at: row.token_issued_at?.toISOString() ?? null,
      last_seen_at: row.last_seen_at?.toISOString() ?? null,
    })),
  };
}

/** Whether an agent is another build than the one that new machines get. Unknown counts as no. */
export function isOutdated(sha256: string | null, expectedSha256: string | null): boolean {
  return sha256 !== null && expectedSha256 !== null && sha256 !== expectedSha256;
}

/** Views know what runs; what should run is known to the build. */
export function withOutdated<View extends InstanceView>(view: View, expectedSha256: string | null): View {
  const isKnown = view.worker_sha256 !== null && expectedSha256 !== null;
  return { ...view, worker_outdated: isKnown ? isOutdated(view.worker_sha256, expectedSha256) : null };
}

/** The worker behind a token; undefined when it is unknown, replaced or revoked. */
export async function findWorkerByToken(db: Queryable, token: string): Promise<WorkerIdentity | undefined> {
  // Garbage is dropped before the database is asked.
  if (parseToken(token)?.type !== 'wkr') return undefined;
  return findWorkerByHash(db, hashToken(token));
}

/** Start and stop of one resource, as far as they are known. */
export async function findCostEvents(
  db: Queryable,
  resourceKind: string,
  resourceRef: string,
): Promise<CostEvent[]> {
  return selectCostEvents(db, resourceKind, resourceRef);
}

async function toViews(
  db: Queryable,
  scope: OrgScope,
  rows: readonly ViewRow[],
  usdRate: ExchangeRate,
): Promise<InstanceView[]> {
  const ids = rows.map(({ id }) => id);
  const activations = await describeActivations(db, scope, 'instance', ids);
  const missing = rows.length === 0 ? [] : await listMissing(db, scope, ['model', 'provider']);
  return rows.map((row) => {
    const activation = activations.get(row.id);
    if (!activation) throw new Error('each id has an activation');
    const own = { resource_kind: 'instance' as const, resource_id: row.id, missing: activation.missing };
    const needs = missing.filter(({ resource_kind: kind, resource_id: id }) =>
      kind === 'model' ? id === row.model_id : id === row.provider_id,
    );
    const waitsFor = [...(own.missing.length > 0 ? [own] : []), ...needs];
    return { ...toView(row, usdRate), activation, waits_for: waitsFor };
  });
}

function toView(row: ViewRow, usdRate: ExchangeRate): Omit<InstanceView, 'activation' | 'waits_for'> {
  const price =
    row.price_nanos_per_hour === null || row.price_currency === null
      ? null
      : { nanosPerHour: row.price_nanos_per_hour, currency: row.price_currency };
  return {
    id: row.id,
    org_id: row.org_id,
    deployment_id: row.deployment_id,
    name: row.name,
    state: row.state,
    state_reason: row.state_reason,
    is_drained: row.is_drained,
    progress: computeProgress(row.steps, { loaded: row.model_bytes_loaded, total: row.model_bytes_total }),
    model_bytes_loaded: row.model_bytes_loaded,
    model_bytes_total: row.model_bytes_total,
    provider: row.provider_id,
    account_id: row.account_id,
    zone: row.zone,
    instance_type: row.instance_type,
    gpu_count: row.gpu_count,
    gpu_kind: row.gpu_kind,
    model_id: row.model_id,
    model: row.model,
    address: row.address,
    price_micros_per_hour: microsPerHour(price, usdRate),
    cost_micros: 0,
    worker_version: row.worker_version,
    worker_sha256: row.worker_sha256,
    worker_outdated: null,
    worker_last_seen_at: row.worker_last_seen_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    ready_at: row.ready_at?.toISOString() ?? null,
    terminated_at: row.terminated_at?.toISOString() ?? null,
  };
}
