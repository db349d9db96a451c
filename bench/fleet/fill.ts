/**
 * A database as a large installation has it: ready instances with their workers, many more that are archived, and
 * the history of all. Written in bulk, so the guards are off in this one session; what they would check holds.
 */
import { openDatabase, type Queryable } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';

export interface Fleet {
  readonly orgId: string;
  readonly modelId: string;
}

export interface FleetSize {
  readonly workers: number;
  readonly archived: number;
  /** History rows of each archived instance. */
  readonly historyEach: number;
}

/** `tokenHashes[n]` is of the token of worker n. */
export async function fillFleet(
  env: Env,
  url: Secret,
  size: FleetSize,
  tokenHashes: readonly string[],
): Promise<Fleet> {
  // One connection, so that what is set for the session holds.
  const db = openDatabase(env, { url, applicationName: 'bench-fill', poolSize: 1 });
  try {
    await db.query(`set session_replication_role = replica`);
    const orgId = await firstId(db, 'organisations');
    const modelId = await firstId(db, 'models');
    await db.query(`insert into providers (id, name) values ('mock', 'Mock') on conflict do nothing`);
    await db.query(
      `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus,
         memory_bytes, arch) values ('type_bench', 'mock', 'BENCH-1', 1, 'L4', 24e9, 8, 48e9, 'x86_64')
       on conflict do nothing`,
    );
    await fillArchived(db, { orgId, modelId }, size);
    await fillReady(db, { orgId, modelId }, tokenHashes);
    await db.query(`vacuum analyze`);
    await db.query(`checkpoint`);
    return { orgId, modelId };
  } finally {
    await db.close();
  }
}

async function firstId(db: Queryable, table: 'organisations' | 'models'): Promise<string> {
  const [row] = await db.query<{ id: string }>(`select id from ${table} order by id limit 1`);
  if (!row) throw new Error(`${table} is empty`);
  return row.id;
}

const INSTANCE_COLUMNS = `org_id, id, name, provider_id, zone, instance_type_id, model_id, engine, wanted, is_archived,
  state, state_version, state_reason, state_at, server_ref, address, price_nanos_per_hour, price_currency,
  correlation_id, created_by, created_at, ready_at, terminated_at, server_state, server_looked_at`;

async function fillArchived(client: Queryable, fleet: Fleet, size: FleetSize): Promise<void> {
  const { archived, historyEach } = size;
  await client.query(
    `insert into instances (${INSTANCE_COLUMNS})
     select $1, 'inst_' || lpad(n::text, 26, 'a'), 'old-' || n, 'mock', 'mock-a', 'type_bench', $2, 'simulated',
       'terminated', true, 'archived', $4, 'archive_requested', now() - interval '1 day', 'srv-old-' || n, null,
       750000000, 'EUR', 'corr_' || lpad(n::text, 26, '0'), 'user:bench', now() - interval '30 days',
       now() - interval '29 days', now() - interval '2 days', 'gone', now() - interval '2 days'
     from generate_series(1, $3::integer) n`,
    [fleet.orgId, fleet.modelId, archived, historyEach],
  );
  await client.query(
    `insert into instance_state_history (org_id, instance_id, version, from_state, to_state, reason, actor,
       correlation_id, at)
     select $1, 'inst_' || lpad(n::text, 26, 'a'), v, case when v > 1 then 'ready' end,
       case when v = $3 then 'archived' else 'ready' end, 'ordered', 'reconcile-instance',
       'corr_' || lpad(n::text, 26, '0'), now() - interval '2 days'
     from generate_series(1, $2::integer) n, generate_series(1, $3::integer) v`,
    [fleet.orgId, archived, historyEach],
  );
  await client.query(
    `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name, state,
       provider_ref, called_at, resolved_at, created_at)
     select $1, 'att_' || lpad(n::text, 20, 'a') || lpad(k::text, 6, '0'), 'inst_' || lpad(n::text, 26, 'a'), 1, kind,
       'mock', 'mock-a', 'inv-old-' || n || '-' || kind, 'absent', 'old-' || kind || '-' || n,
       now() - interval '30 days', now() - interval '2 days', now() - interval '30 days'
     from generate_series(1, $2::integer) n,
       unnest(array['server', 'address', 'security_group']) with ordinality as t (kind, k)`,
    [fleet.orgId, archived],
  );
  await client.query(
    `insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes,
       is_boot, delete_on_terminate, created_at, deleted_at)
     select $1, 'vol_' || lpad(n::text, 26, 'a'), 'inst_' || lpad(n::text, 26, 'a'), 'mock', 'vol-old-' || n,
       'mock-a', 'block', 1e11, true, true, now() - interval '30 days', now() - interval '2 days'
     from generate_series(1, $2::integer) n`,
    [fleet.orgId, archived],
  );
  await client.query(
    `insert into workers (org_id, instance_id, bootstrap_hash, bootstrap_expires_at, bootstrap_used_at, epoch,
       token_hash, revoked_at, status, last_seen_at)
     select $1, 'inst_' || lpad(n::text, 26, 'a'), 'old-boot-' || n, now(), now(), 1, 'old-' || n, now(), 'stopped',
       now() - interval '2 days'
     from generate_series(1, $2::integer) n`,
    [fleet.orgId, archived],
  );
}

async function fillReady(client: Queryable, fleet: Fleet, tokenHashes: readonly string[]): Promise<void> {
  const ids = tokenHashes.map((_hash, n) => instanceIdOf(n));
  await client.query(
    `insert into instances (${INSTANCE_COLUMNS})
     select $1, id, 'bench-' || n, 'mock', 'mock-a', 'type_bench', $2, 'simulated', 'serving', false, 'ready', 5,
       'health_confirmed', now(), 'srv-' || n, '127.0.0.1', 750000000, 'EUR', 'corr_' || lpad(n::text, 26, '0'),
       'user:bench', now(), now(), null, 'running', now() - make_interval(secs => 30 * random())
     from unnest($3::text[]) with ordinality as t (id, n)`,
    [fleet.orgId, fleet.modelId, ids],
  );
  await client.query(
    `insert into instance_state_history (org_id, instance_id, version, from_state, to_state, reason, actor,
       correlation_id, at)
     select $1, id, v, (array[null, 'provisioning', 'booting', 'installing', 'starting'])[v],
       (array['provisioning', 'booting', 'installing', 'starting', 'ready'])[v], 'ordered', 'reconcile-instance',
       'corr_' || lpad(n::text, 26, '0'), now()
     from unnest($2::text[]) with ordinality as t (id, n), generate_series(1, 5) v`,
    [fleet.orgId, ids],
  );
  await client.query(
    `insert into instance_steps (org_id, instance_id, step, completed_at)
     select $1, id, step, now() from unnest($2::text[]) id, unnest(array['request_created', 'server_created',
       'server_started', 'address_known', 'worker_installed', 'engine_http', 'model_loaded', 'warmed_up',
       'health_confirmed', 'ready']) step`,
    [fleet.orgId, ids],
  );
  await client.query(
    `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name, state,
       provider_ref, called_at, resolved_at, created_at)
     select $1, 'att_' || lpad(n::text, 26, '0'), id, 1, 'server', 'mock', 'mock-a', 'inv-bench-' || n, 'present',
       'srv-' || n, now(), now(), now()
     from unnest($2::text[]) with ordinality as t (id, n)`,
    [fleet.orgId, ids],
  );
  await client.query(
    `insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes,
       is_boot, delete_on_terminate, created_at)
     select $1, 'vol_' || lpad(n::text, 26, '0'), id, 'mock', 'vol-' || n, 'mock-a', 'block', 1e11, true, true, now()
     from unnest($2::text[]) with ordinality as t (id, n)`,
    [fleet.orgId, ids],
  );
  await client.query(
    `insert into workers (org_id, instance_id, bootstrap_hash, bootstrap_expires_at, bootstrap_used_at, epoch,
       token_hash, token_issued_at, registered_at, version, sha256, build_date, status, status_at, engine_http,
       last_seen_at, machine)
     select $1, id, 'boot-' || n, now(), now(), 1, hash, now(), now(), '0.1.0', $4, '2026-11-01', 'ready', now(), true,
       now(), '{"hostname":"bench","cpus":8,"memory_bytes":48000000000,"gpus":[]}'
     from unnest($2::text[], $3::text[]) with ordinality as t (id, hash, n)`,
    [fleet.orgId, ids, tokenHashes, 'a'.repeat(64)],
  );
}

export function instanceIdOf(n: number): string {
  return `inst_${String(n).padStart(26, '0')}`;
}
