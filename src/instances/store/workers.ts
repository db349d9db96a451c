/** The agents on the machines: their tokens as hashes, their newest report. */

import type { InstanceState, WorkerSort } from '#contracts/instances.ts';
import type { GpuShape } from '#contracts/model-fit.ts';
import type { ModelShape } from '#contracts/model-shape.ts';
import { isTunnelled, tunnelAddressOf, type WorkerReach } from '#contracts/tunnel.ts';
import type { FlavourOrder, HeartbeatRequest, RegisterRequest, WorkerStatus } from '#contracts/worker.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import {
  Conditions,
  containing,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { CorrelationId, InstanceId, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { engineLoadOf } from '../engine-load.ts';

/** A new attempt brings a new bootstrap token; whatever used the old one is shut out. */
export async function replaceBootstrap(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  bootstrap: { readonly hash: string; readonly ttlMs: number },
): Promise<void> {
  await tx.query(
    `insert into workers (org_id, instance_id, bootstrap_hash, bootstrap_expires_at)
     values ($1, $2, $3, app_now() + make_interval(secs => $4::double precision / 1000))
     on conflict (instance_id) do update set
       bootstrap_hash = excluded.bootstrap_hash, bootstrap_expires_at = excluded.bootstrap_expires_at,
       bootstrap_used_at = null, bootstrap_nonce_hash = null, token_hash = null, registered_at = null,
       status = null, revoked_at = null`,
    [scope.orgId, id, bootstrap.hash, bootstrap.ttlMs],
  );
}

/** The life of an unused bootstrap token counts from the start of its machine. */
export async function extendBootstrap(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  ttlMs: number,
): Promise<void> {
  await tx.query(
    `update workers set bootstrap_expires_at = app_now() + make_interval(secs => $3::double precision / 1000)
     where org_id = $1 and instance_id = $2 and bootstrap_used_at is null`,
    [scope.orgId, id, ttlMs],
  );
}

/**
 * A token for a worker that is installed anew. The present worker's own token goes on until the new one registers.
 * One that was shut out stays so, whatever comes after it. Said twice, it is said once: a token that was used up
 * meanwhile stays used up.
 */
export async function renewBootstrap(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  bootstrap: { readonly hash: string; readonly ttlMs: number },
): Promise<void> {
  await tx.query(
    `update workers set bootstrap_hash = $3, bootstrap_used_at = null, bootstrap_nonce_hash = null,
       bootstrap_expires_at = app_now() + make_interval(secs => $4::double precision / 1000),
       token_hash = case when revoked_at is null then token_hash end, revoked_at = null
     where org_id = $1 and instance_id = $2 and bootstrap_hash <> $3`,
    [scope.orgId, id, bootstrap.hash, bootstrap.ttlMs],
  );
}

export async function revokeWorker(tx: Transaction, scope: OrgScope, id: InstanceId): Promise<void> {
  await tx.query(
    `update workers set revoked_at = coalesce(revoked_at, app_now()) where org_id = $1 and instance_id = $2`,
    [scope.orgId, id],
  );
}

/** What a registration is answered from. */
export interface Enrolment {
  readonly orgId: OrgId;
  readonly instanceId: InstanceId;
  readonly correlationId: CorrelationId;
  readonly providerId: string;
  readonly epoch: number;
  readonly isUsed: boolean;
  /** Who used it may ask again. */
  readonly nonceHash: string | null;
  readonly engine: string;
  readonly engineArgs: readonly string[];
  readonly hfId: string;
  readonly weightsBytes: number;
  readonly contextLength: number;
  readonly kvBytesPerToken: number | null;
  readonly shape: ModelShape | null;
  readonly gguf: { readonly source: string; readonly sha256: string | null } | null;
  /** As it was ordered. */
  readonly machine: GpuShape;
  readonly instanceTypeId: string;
  /** Named for the instance type. */
  readonly typeFlavour: string | null;
  /** What it was told when it used its token. */
  readonly flavours: FlavourOrder | null;
}

export async function findEnrolment(db: Queryable, bootstrapHash: string): Promise<Enrolment | undefined> {
  const [row] = await db.query<Enrolment>(
    `select w.org_id as "orgId", w.instance_id as "instanceId", i.correlation_id as "correlationId",
            i.provider_id as "providerId", w.epoch, w.bootstrap_used_at is not null as "isUsed",
            w.bootstrap_nonce_hash as "nonceHash", i.engine, m.engine_args as "engineArgs",
            m.hf_id as "hfId", m.weights_bytes as "weightsBytes", m.context_length as "contextLength",
            m.kv_bytes_per_token as "kvBytesPerToken", m.shape, m.gguf,
            json_build_object('code', t.code, 'gpuCount', t.gpu_count, 'gpuKind', t.gpu_kind,
              'vramBytesPerGpu', usable_vram(t.id, t.vram_bytes_per_gpu, t.edited_at),
              'memoryBytes', t.memory_bytes) as machine, t.id as "instanceTypeId",
            t.flavour as "typeFlavour", case when w.bootstrap_used_at is not null then w.flavours end as flavours
     from workers w
     join instances i on i.id = w.instance_id
     join models m on m.id = i.model_id
     join instance_types t on t.id = i.instance_type_id
     where w.bootstrap_hash = $1 and w.revoked_at is null`,
    [bootstrapHash],
  );
  return row;
}

/** Whose machine is being installed with this token; undefined once it is used, expired or revoked. */
export async function findInstalling(
  db: Queryable,
  bootstrapHash: string,
): Promise<WorkerIdentity | undefined> {
  const [row] = await db.query<WorkerIdentity>(
    `select instance_id as "instanceId", org_id as "orgId", epoch from workers
     where bootstrap_hash = $1 and bootstrap_used_at is null and bootstrap_expires_at > app_now()
       and revoked_at is null`,
    [bootstrapHash],
  );
  return row;
}

/**
 * Uses a bootstrap token up. One statement decides: of many that ask at once, one finds it unused; the same nonce
 * finds it used by itself and changes nothing but the time.
 */
export async function consumeBootstrap(
  tx: Transaction,
  enrolment: Enrolment,
  claim: {
    readonly bootstrapHash: string;
    readonly nonceHash: string;
    readonly epoch: number;
    readonly tokenHash: string;
    readonly request: RegisterRequest;
    readonly reach: WorkerReach;
    readonly flavours: FlavourOrder | null;
  },
): Promise<'registered' | 'repeated' | 'refused'> {
  const { agent, machine } = claim.request;
  const fresh = await tx.query(
    `update workers set bootstrap_used_at = app_now(), bootstrap_nonce_hash = $2, epoch = $4, token_hash = $5,
       registered_at = app_now(), token_issued_at = app_now(), last_seen_at = app_now(), last_seq = -1, status = 'installed',
       status_at = app_now(), engine_http = false, error_code = null, error_message = null, in_flight = 0,
       engine_restarts = 0, version = $6, sha256 = $7, build_date = $8, machine = $9, reach = $10,
       flavours = $11
     where bootstrap_hash = $1 and bootstrap_used_at is null and bootstrap_expires_at > app_now()
       and revoked_at is null and epoch = $3
     returning 1`,
    [
      claim.bootstrapHash,
      claim.nonceHash,
      enrolment.epoch,
      claim.epoch,
      claim.tokenHash,
      agent.version,
      agent.sha256,
      agent.build_date,
      JSON.stringify(machine),
      claim.reach,
      claim.flavours && JSON.stringify(claim.flavours),
    ],
  );
  if (fresh.length === 1) return 'registered';
  const again = await tx.query(
    `select 1 from workers
     where bootstrap_hash = $1 and bootstrap_nonce_hash = $2 and token_hash = $3 and revoked_at is null`,
    [claim.bootstrapHash, claim.nonceHash, claim.tokenHash],
  );
  return again.length === 1 ? 'repeated' : 'refused';
}

export interface WorkerIdentity {
  readonly instanceId: InstanceId;
  readonly orgId: OrgId;
  readonly epoch: number;
}

/** A worker as people see it. */
export interface WorkerView {
  readonly instance_id: InstanceId;
  readonly instance: string;
  readonly state: InstanceState;
  readonly status: WorkerStatus | null;
  readonly version: string | null;
  readonly sha256: string | null;
  readonly epoch: number;
  readonly is_revoked: boolean;
  readonly reach: WorkerReach;
  readonly address: string | null;
  readonly registered_at: Date | null;
  readonly token_issued_at: Date | null;
  readonly last_seen_at: Date | null;
}

export interface WorkerFilter {
  readonly search?: string | undefined;
  /** Another build than this one, or only this one; a worker that did not tell its build is not outdated. */
  readonly outdated?: { readonly is: boolean; readonly expectedSha256: string | null } | undefined;
}

export const WORKER_LIST: Listing<WorkerSort> = {
  columns: `w.instance_id, i.name as instance, i.state, i.address, w.status, w.version, w.sha256, w.epoch, w.reach,
            w.revoked_at is not null as is_revoked, w.registered_at, w.token_issued_at, w.last_seen_at`,
  from: 'workers w join instances i on i.id = w.instance_id',
  home: 'w.org_id = $1',
  id: { by: 'w.instance_id', type: 'text' },
  sorts: {
    instance_id: { by: 'w.instance_id', type: 'text' },
    instance: { by: 'lower(i.name)', type: 'text' },
    last_seen_at: { by: `coalesce(w.last_seen_at, 'epoch')`, type: 'timestamptz' },
  },
};

/** Workers that registered and whose instance is not at rest. */
export function selectWorkers(
  db: Queryable,
  scope: OrgScope,
  filter: WorkerFilter,
  wish: ListWish<WorkerSort>,
): Promise<ListFound<WorkerView>> {
  const where = new Conditions()
    .equal('w.org_id', scope.orgId)
    .add('w.registered_at is not null')
    .add(`i.state not in ('terminated', 'archived')`);
  if (filter.outdated) {
    const expected = where.place(filter.outdated.expectedSha256);
    where.add(`(w.sha256 <> ${expected}::text) is ${filter.outdated.is ? '' : 'not '}true`);
  }
  if (filter.search !== undefined) {
    const pattern = where.place(containing(filter.search));
    where.scan(
      `(lower(i.name) like ${pattern} or lower(w.version) like ${pattern} or ${where.beginning('w.instance_id', filter.search)})`,
    );
  }
  return selectList(db, WORKER_LIST, where, wish);
}

export async function findWorkerByHash(
  db: Queryable,
  tokenHash: string,
): Promise<WorkerIdentity | undefined> {
  const [row] = await db.query<WorkerIdentity>(
    `select instance_id as "instanceId", org_id as "orgId", epoch from workers
     where token_hash = $1 and revoked_at is null`,
    [tokenHash],
  );
  return row;
}

/** What a beat is compared with. */
export interface KnownCondition {
  readonly state: InstanceState;
  readonly wanted: 'serving' | 'terminated';
  readonly correlationId: CorrelationId;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly status: WorkerStatus | null;
  readonly engineHttp: boolean;
  readonly errorCode: string | null;
  readonly engineRestarts: number;
  readonly inFlight: number;
  readonly wasSilent: boolean;
  readonly address: string | null;
  readonly seenFrom: string | null;
}

export async function findCondition(
  db: Queryable,
  worker: WorkerIdentity,
  silentMs: number,
): Promise<KnownCondition | undefined> {
  const [row] = await db.query<KnownCondition>(
    `select i.state, i.wanted, i.correlation_id as "correlationId", w.epoch, w.last_seq as "lastSeq", w.status,
            w.engine_http as "engineHttp", w.error_code as "errorCode", w.engine_restarts as "engineRestarts",
            w.in_flight as "inFlight", i.address, w.seen_from as "seenFrom",
            coalesce(w.last_seen_at <= app_now() - make_interval(secs => $3::double precision / 1000), true)
              as "wasSilent"
     from workers w join instances i on i.id = w.instance_id
     where w.instance_id = $1 and w.org_id = $2 and w.revoked_at is null`,
    [worker.instanceId, worker.orgId, silentMs],
  );
  return row;
}

/** Its moment; undefined when a newer beat, a newer worker or a revocation came first. */
export async function updateCondition(
  tx: Transaction,
  worker: WorkerIdentity,
  beat: HeartbeatRequest,
  from: string | undefined,
): Promise<number | undefined> {
  const engine = engineLoadOf(beat);
  const [row] = await tx.query<{ atMs: number }>(
    `update workers set last_seq = $4, last_seen_at = app_now(), in_flight = $5, engine_http = $7,
       status_at = case when status is distinct from $6 then app_now() else status_at end, status = $6,
       error_code = $8, error_message = $9, engine_restarts = $10, version = $11, sha256 = $12, build_date = $13,
       seen_from = coalesce($14, seen_from),
       requests_running = $15, requests_waiting = $16, kv_cache_ratio = $17, kv_cache_tokens = $18
     where instance_id = $1 and org_id = $2 and epoch = $3 and revoked_at is null and last_seq < $4
     returning (extract(epoch from last_seen_at) * 1000)::double precision as "atMs"`,
    [
      worker.instanceId,
      worker.orgId,
      worker.epoch,
      beat.seq,
      beat.in_flight,
      beat.status,
      beat.engine_http,
      beat.error?.code ?? null,
      beat.error?.message ?? null,
      beat.engine_restarts,
      beat.agent.version,
      beat.agent.sha256,
      beat.agent.build_date,
      from ?? null,
      engine.running,
      engine.waiting,
      engine.kvRatio,
      engine.kvTokens,
    ],
  );
  return row?.atMs;
}

/** A worker that can take requests now, as the gateways see it. */
export interface ServingInstance {
  readonly instanceId: InstanceId;
  readonly orgId: OrgId;
  readonly modelId: string;
  readonly hfId: string;
  readonly address: string;
  readonly dataPort: number;
  readonly epoch: number;
  readonly lastSeenAtMs: number;
  readonly inFlight: number;
  readonly parameters: number | null;
  readonly running: number | null;
  readonly waiting: number | null;
  readonly kvRatio: number | null;
  readonly kvTokens: number | null;
}

/** How long a worker has been silent is judged by who reads this, so that a database that was away harms nobody. */
export async function selectServing(db: Queryable, dataPort: number): Promise<ServingInstance[]> {
  const rows = await db.query<ServingInstance & { address: string | null; reach: WorkerReach }>(
    `select i.id as "instanceId", i.org_id as "orgId", i.model_id as "modelId", m.hf_id as "hfId", i.address, w.reach,
            $1::integer as "dataPort", w.epoch, w.in_flight as "inFlight", m.parameters, w.requests_running as running,
            w.requests_waiting as waiting, w.kv_cache_ratio as "kvRatio", w.kv_cache_tokens as "kvTokens",
            (extract(epoch from w.last_seen_at) * 1000)::double precision as "lastSeenAtMs"
     from instances i
     join workers w on w.instance_id = i.id and w.revoked_at is null and w.status = 'ready'
     join models m on m.id = i.model_id
     where i.state = 'ready' and i.wanted = 'serving' and not i.is_drained
       and (i.address is not null or w.reach = 'tunnel') and w.last_seen_at is not null
       and not exists (
         select from activations a
         where a.org_id = i.org_id and a.resource_kind = 'instance' and a.resource_id = i.id
           and not (a.technical_is_given and a.economic_is_given))
     order by i.id`,
    [dataPort],
  );
  return rows.map(({ reach, ...row }) =>
    isTunnelled(reach, row.address) ? { ...row, address: tunnelAddressOf(row.instanceId) } : row,
  );
}

/** Who may dial a gateway. */
export interface TunnelledInstance {
  readonly instanceId: InstanceId;
  readonly epoch: number;
  readonly tokenHashes: readonly string[];
}

/** Also those that do not serve yet: their tunnels are open when they do. */
export async function selectTunnelled(db: Queryable): Promise<TunnelledInstance[]> {
  const rows = await db.query<TunnelledInstance & { address: string | null; reach: WorkerReach }>(
    `select w.instance_id as "instanceId", w.epoch, i.address, w.reach,
            array_remove(array[w.token_hash, w.next_token_hash], null) as "tokenHashes"
     from workers w join instances i on i.id = w.instance_id
     where w.reach <> 'direct' and w.revoked_at is null and w.token_hash is not null
       and i.state not in ('terminated', 'archived', 'failed')
     order by w.instance_id`,
  );
  return rows.flatMap(({ instanceId, epoch, tokenHashes, address, reach }) =>
    isTunnelled(reach, address) ? [{ instanceId, epoch, tokenHashes }] : [],
  );
}
