/** Workers as the api's memory knows them, and heartbeats written many at a time. */

import type { InstanceState } from '#contracts/instances.ts';
import type { WorkerReach } from '#contracts/tunnel.ts';
import type { WorkerStatus } from '#contracts/worker.ts';
import type { Queryable } from '#database/database.ts';
import type { CorrelationId, InstanceId, OrgId } from '#kernel/ids.ts';
import type { EngineLoad } from '../engine-load.ts';

/** One worker: who may speak for it, and what it said last. */
export interface WorkerRecord {
  readonly instanceId: InstanceId;
  readonly orgId: OrgId;
  readonly providerId: string;
  readonly correlationId: CorrelationId;
  readonly state: InstanceState;
  readonly wanted: 'serving' | 'terminated';
  readonly epoch: number;
  readonly tokenHash: string | null;
  readonly nextTokenHash: string | null;
  readonly retiredHashes: readonly string[];
  readonly isRevoked: boolean;
  /** Age of the present token; null when there is none. */
  readonly tokenAgeMs: number | null;
  readonly lastSeq: number;
  readonly status: WorkerStatus | null;
  readonly engineHttp: boolean;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly engineRestarts: number;
  readonly inFlight: number;
  readonly sha256: string | null;
  readonly bytesLoaded: number | null;
  readonly bytesTotal: number | null;
  readonly address: string | null;
  readonly reach: WorkerReach;
  readonly seenFrom: string | null;
  /** Null when it never spoke. */
  readonly silentForMs: number | null;
}

export async function findWorkers(db: Queryable, ids: readonly string[]): Promise<WorkerRecord[]> {
  return db.query<WorkerRecord>(
    `select w.instance_id as "instanceId", w.org_id as "orgId", i.provider_id as "providerId",
            i.correlation_id as "correlationId", i.state, i.wanted, w.epoch, w.token_hash as "tokenHash",
            w.next_token_hash as "nextTokenHash", w.retired_hashes as "retiredHashes",
            w.revoked_at is not null as "isRevoked",
            (extract(epoch from app_now() - w.token_issued_at) * 1000)::double precision as "tokenAgeMs",
            w.last_seq as "lastSeq", w.status, w.engine_http as "engineHttp", w.error_code as "errorCode",
            w.error_message as "errorMessage", w.engine_restarts as "engineRestarts",
            w.in_flight as "inFlight", w.sha256, i.model_bytes_loaded as "bytesLoaded",
            i.model_bytes_total as "bytesTotal", i.address, w.reach, w.seen_from as "seenFrom",
            (extract(epoch from app_now() - w.last_seen_at) * 1000)::double precision as "silentForMs"
     from workers w join instances i on i.id = w.instance_id
     where w.instance_id = any($1) order by w.instance_id`,
    [ids],
  );
}

/** Workers whose identity changed in the last so many milliseconds, and the database's time. */
export async function readIdentityChanges(
  db: Queryable,
  withinMs: number,
): Promise<{ readonly nowMs: number; readonly changed: readonly { id: string; atMs: number }[] }> {
  const [row] = await db.query<{ nowMs: number; changed: { id: string; atMs: number }[] }>(
    `select (extract(epoch from app_now()) * 1000)::double precision as "nowMs",
            coalesce((select json_agg(json_build_object('id', instance_id,
                'atMs', extract(epoch from identity_at) * 1000) order by identity_at, instance_id)
              from workers
              where identity_at > (select app_now()) - make_interval(secs => $1::double precision / 1000)), '[]') as changed`,
    [withinMs],
  );
  if (!row) throw new Error('the clock gives one row');
  return row;
}

/** A beat that tells nothing new, with what its worker and its instance must still be for that to hold. */
export interface SteadyBeat {
  readonly engine: EngineLoad;
  readonly instanceId: InstanceId;
  readonly epoch: number;
  readonly seq: number;
  readonly inFlight: number;
  /** Time since it arrived: what counts is when it came, by the database's clock. */
  readonly ageMs: number;
  readonly status: WorkerStatus;
  readonly engineHttp: boolean;
  readonly errorCode: string | null;
  readonly engineRestarts: number;
  readonly state: InstanceState;
  readonly wanted: 'serving' | 'terminated';
}

/**
 * Writes many beats in one statement. Gives the instances whose beat was written; for the others something is no
 * longer as it was believed, and nothing was written. The order keeps two writers from waiting for each other.
 */
export async function writeSteadyBeats(
  db: Queryable,
  beats: readonly SteadyBeat[],
): Promise<ReadonlySet<string>> {
  const sorted = beats.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  const column = <K extends keyof SteadyBeat>(name: K) => sorted.map((beat) => beat[name]);
  const engine = <K extends keyof EngineLoad>(name: K) => sorted.map((beat) => beat.engine[name]);
  const rows = await db.query<{ ids: string[] | null }>(
    `with written as (
       update workers w set last_seq = b.seq, in_flight = b.in_flight, requests_running = b.running,
         requests_waiting = b.waiting, kv_cache_ratio = b.kv_ratio, kv_cache_tokens = b.kv_tokens,
         last_seen_at = greatest(w.last_seen_at, (select app_now()) - make_interval(secs => b.age_ms / 1000))
       from unnest($1::text[], $2::integer[], $3::bigint[], $4::integer[], $5::double precision[], $6::text[],
              $7::boolean[], $8::text[], $9::integer[], $10::text[], $11::text[], $12::integer[], $13::integer[],
              $14::real[], $15::bigint[])
         as b (id, epoch, seq, in_flight, age_ms, status, engine_http, error_code, restarts, state, wanted,
               running, waiting, kv_ratio, kv_tokens)
       join instances i on i.id = b.id and i.state = b.state and i.wanted = b.wanted
       where w.instance_id = b.id and w.epoch = b.epoch and w.revoked_at is null and w.last_seq < b.seq
         and w.status = b.status and w.engine_http = b.engine_http and w.engine_restarts = b.restarts
         and w.error_code is not distinct from b.error_code
       returning w.instance_id)
     select array_agg(instance_id) as ids from written`,
    [
      column('instanceId'),
      column('epoch'),
      column('seq'),
      column('inFlight'),
      column('ageMs'),
      column('status'),
      column('engineHttp'),
      column('errorCode'),
      column('engineRestarts'),
      column('state'),
      column('wanted'),
      engine('running'),
      engine('waiting'),
      engine('kvRatio'),
      engine('kvTokens'),
    ],
  );
  return new Set(rows[0]?.ids ?? []);
}

/** Keeps the next token of a worker; the same one may be asked for again. False when the present one is another. */
export async function offerNextToken(
  db: Queryable,
  id: InstanceId,
  token: { readonly presentHash: string; readonly nextHash: string },
): Promise<boolean> {
  const rows = await db.query(
    `update workers set next_token_hash = $3
     where instance_id = $1 and token_hash = $2 and revoked_at is null
       and (next_token_hash is null or next_token_hash = $3)
     returning 1`,
    [id, token.presentHash, token.nextHash],
  );
  return rows.length === 1;
}

/** The next token was used: from now on it is the only one. False when it is not the next one any more. */
export async function useNextToken(db: Queryable, id: InstanceId, nextHash: string): Promise<boolean> {
  const rows = await db.query(
    `update workers set token_hash = $2, next_token_hash = null, token_issued_at = app_now()
     where instance_id = $1 and next_token_hash = $2 and revoked_at is null returning 1`,
    [id, nextHash],
  );
  return rows.length === 1;
}
