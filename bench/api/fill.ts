/**
 * A database as a large installation has it, for lists: organisations of very different sizes, with members, keys,
 * machines, and the logs of a month. Written in bulk, so the guards are off in this one session; what they would check
 * holds. Sums by the hour are made from the ledger, as they would have been.
 */
import { openDatabase, type Queryable } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';

export interface DataSize {
  readonly keys: number;
  readonly usageRows: number;
  /** Of each log: requests, actions on machines, audit. */
  readonly logRows: number;
  readonly instances: number;
  readonly members: number;
  readonly deliveries: number;
}

/** Percent of all rows that each organisation has; the first is the one that is asked. */
export const SHARES = [60, 20, 10, 6, 3, 1] as const;
const DAYS = 30;

type Say = (line: string) => void;

export async function fillLists(
  env: Env,
  url: Secret,
  size: DataSize,
  say: Say = () => undefined,
): Promise<void> {
  // One connection, so that what is set for the session holds.
  const db = openDatabase(env, { url, applicationName: 'bench-fill', poolSize: 1 });
  try {
    await db.query(`set session_replication_role = replica`);
    await db.query(`set work_mem = '256MB'`);
    await db.query(`select setseed(0.42)`);
    await fillOrganisations(db, size);
    const remake = await dropIndexes(db);
    for (const [what, fill] of [...PARTS, ['indexes', remake], ['sums', recount]] as const) {
      const startedAt = performance.now();
      await fill(db, size);
      say(`${what}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
    await db.query(`vacuum analyze`);
    await db.query(`checkpoint`);
    say('vacuum, statistics, checkpoint');
  } finally {
    await db.close();
  }
}

const PARTS: readonly (readonly [string, (db: Queryable, size: DataSize) => Promise<void>])[] = [
  ['members', fillMembers],
  ['instances', fillInstances],
  ['keys', fillKeys],
  ['requests', fillRequests],
  ['usage', fillUsage],
  ['actions', fillActions],
  ['audit', fillAudit],
  ['deliveries', fillDeliveries],
];

const LARGE = ['api_keys', 'request_log', 'usage_ledger', 'usage_hourly', 'action_log', 'audit_log'];

/** An index that is made of all rows at once takes a fraction of the time; those of constraints stay. */
async function dropIndexes(db: Queryable): Promise<() => Promise<void>> {
  const indexes = await db.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i where i.indrelid = any($1::regclass[])
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
     order by 1`,
    [LARGE],
  );
  for (const { name } of indexes) await db.query(`drop index ${name}`);
  return async () => {
    await db.query(`set maintenance_work_mem = '256MB'`);
    // Of a table in partitions it names the parent alone; all of them are meant.
    for (const { definition } of indexes) await db.query(definition.replace(' ON ONLY ', ' ON '));
  };
}

/** The organisation of row `n`, by its share. */
const orgOf = (n: string) => {
  const cases = SHARES.map((_share, index) => {
    const upTo = SHARES.slice(0, index + 1).reduce((sum, share) => sum + share, 0);
    return `when ${n} % 100 < ${upTo} then 'org_bench_${index}'`;
  });
  return `case ${cases.join(' ')} end`;
};
const idOf = (prefix: string, n: string) => `'${prefix}_' || lpad((${n})::text, 26, '0')`;
/** The last month, ever denser towards now. */
const moment = `date_trunc('milliseconds', now() - interval '${DAYS} days' * power(random(), 1.3))`;
/** Few of many are used most. */
const skewed = (count: number, power = 3) => `(floor(${count} * power(random(), ${power})))::integer`;
const oneOf = (values: readonly string[], power = 2) =>
  `(array[${values.map((value) => `'${value}'`).join(', ')}])[1 + ${skewed(values.length, power)}]`;

async function fillOrganisations(db: Queryable, _size: DataSize): Promise<void> {
  await db.query(
    `insert into organisations (id, slug, name, created_at)
     select 'org_bench_' || n, 'bench-' || n, 'Bench ' || n, now() - interval '1 year'
     from generate_series(0, ${SHARES.length - 1}) n`,
  );
  await db.query(
    `insert into projects (org_id, id, slug, name, created_by, created_at)
     select o.id, 'proj_' || o.slug || '_' || n, 'project-' || n, 'Project ' || n, 'user_bench', now()
     from organisations o, generate_series(0, 19) n where o.slug like 'bench-%'`,
  );
}

async function fillMembers(db: Queryable, { members }: DataSize): Promise<void> {
  await db.query(
    `insert into users (id, username, email, created_at)
     select ${idOf('user', 'n')}, (array['ada','bob','cleo','dan','eve','finn','gus','hana'])[1 + n % 8] || '.' || n,
       'person-' || n || '@bench.example', now() - interval '300 days' * random()
     from generate_series(0, $1::integer - 1) n`,
    [members],
  );
  await db.query(
    `insert into memberships (org_id, user_id, role, created_at)
     select ${orgOf('n')}, ${idOf('user', 'n')},
       case when n < 100 then 'owner' when n % 10 = 0 then 'manager' when n % 25 = 1 then 'admin' else 'user' end,
       now() - interval '200 days' * random()
     from generate_series(0, $1::integer - 1) n`,
    [members],
  );
  await db.query(
    `insert into invitations (org_id, id, email, role, language, token_hash, invited_by, created_at, sent_at, expires_at)
     select ${orgOf('n')}, ${idOf('inv', 'n')}, 'guest-' || n || '@bench.example', 'user', 'en', 'bench-' || n,
       'user_bench', t.at, t.at, t.at + interval '7 days'
     from generate_series(0, $1::integer - 1) n, lateral (select now() - interval '90 days' * random() + n * interval '0 s' as at) t`,
    [Math.ceil(members / 2)],
  );
}

async function fillInstances(db: Queryable, { instances }: DataSize): Promise<void> {
  await db.query(`insert into providers (id, name) values ('mock', 'Mock') on conflict do nothing`);
  await db.query(
    `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus, memory_bytes, arch)
     select 'type_bench_' || n, 'mock', 'BENCH-' || n, n, 'L4', 24e9, 8, 48e9, 'x86_64' from generate_series(1, 8) n
     on conflict do nothing`,
  );
  await db.query(
    `insert into deployments (org_id, id, name, model_id, provider_id, zone, instance_type_id, replicas, created_by,
       created_at, deleted_at, project_id)
     select ${orgOf('n')}, ${idOf('dep', 'n')}, 'deployment-' || n, ${anyModel('n')}, 'mock',
       'mock-' || chr(97 + n % 3), 'type_bench_' || 1 + n % 8, 10, 'user_bench', now() - interval '90 days' * random(),
       case when n % 3 = 0 then now() end, case when n % 2 = 0 then 'proj_bench-0_' || n % 20 end
     from generate_series(0, $1::integer - 1) n`,
    [Math.ceil(instances / 10)],
  );
  await db.query(
    `insert into instances (org_id, id, deployment_id, name, provider_id, zone, instance_type_id, model_id, engine,
       wanted, is_archived, state, state_version, state_reason, state_at, price_nanos_per_hour, price_currency,
       correlation_id, created_by, created_at, ready_at, terminated_at)
     select ${orgOf('n')}, ${idOf('inst', 'n')}, ${idOf('dep', 'n / 1000 * 100 + n % 100')}, 'machine-' || n, 'mock',
       'mock-' || chr(97 + n % 3), 'type_bench_' || 1 + n % 8, ${anyModel('n')}, 'simulated',
       case when n % 5 = 0 then 'serving' else 'terminated' end, n % 5 > 2,
       (array['ready','terminated','terminated','archived','archived'])[1 + n % 5], 5, 'ordered', t.at,
       (100 + n % 1000) * 1000000, 'EUR', ${idOf('corr', 'n')}, 'user_bench', t.at, t.at, case when n % 5 > 0 then now() end
     from generate_series(0, $1::integer - 1) n,
       lateral (select date_trunc('milliseconds', now() - interval '90 days' * random() + n * interval '0 s') as at) t`,
    [instances],
  );
}

const anyModel = (n: string) =>
  `(select (array_agg(id order by id))[1 + (${n}) % count(*)::integer] from models)`;

async function fillKeys(db: Queryable, { keys, members }: DataSize): Promise<void> {
  await db.query(
    `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at, expires_at, revoked_at,
       last_used_at, is_enabled, project_id, owner_kind)
     select t.org_id, ${idOf('key', 'n')}, ${idOf('user', `n % 100 + 100 * (n / 100 % ${Math.max(1, Math.floor(members / 100))})`)},
       (array['ci','notebook','service','agent','batch','staging','production','laptop'])[1 + n % 8]
         || '-' || (array['search','chat','vision','index','mail'])[1 + n % 5] || '-' || n,
       'inv_' || n, 'bench-key-' || n, t.at,
       case when n % 10 = 3 then t.at + interval '20 days' * random() when n % 10 = 4 then now() + interval '1 year' end,
       case when n % 10 = 5 then t.at + interval '1 day' end,
       case when n % 4 > 0 then now() - interval '20 days' * random() end, n % 33 <> 0,
       case when n % 3 = 0 then 'proj_bench-0_' || n % 20 end, case when n % 7 = 0 then 'organisation' else 'user' end
     from generate_series(0, $1::integer - 1) n,
       lateral (select ${orgOf('n')} as org_id, date_trunc('milliseconds', now() - interval '360 days' * random()) as at) t`,
    [keys],
  );
  await db.query(
    `insert into activations (org_id, resource_kind, resource_id, technical_is_given, technical_by, technical_at,
       economic_is_given, economic_by, economic_at, created_at)
     select org_id, 'api_key', id, hashtext(id) % 50 <> 0, user_id, created_at, true, user_id, created_at, created_at
     from api_keys where id like 'key\\_0%'`,
  );
}

const STATUSES = ['200', '200', '200', '200', '429', '503', '400', '404', '499', '502'];

async function fillRequests(db: Queryable, { logRows, keys, members, instances }: DataSize): Promise<void> {
  await db.query(
    `select ensure_partitions('request_log', app_now() - interval '${DAYS + 1} days', app_now() + interval '1 day')`,
  );
  await db.query(
    `insert into request_log (org_id, request_id, started_at, duration_ms, api_key_id, user_id, correlation_id,
       endpoint, model, model_id, instance_id, status, error_code, outcome, streamed, prompt_tokens, completion_tokens,
       cached_tokens, queue_ms, ttft_ms)
     select ${orgOf('n')}, ${idOf('req', 'n')}, ${moment}, round((5000 * power(random(), 4))::numeric, 1),
       ${idOf('key', `${skewed(Math.floor(keys / 100))} * 100 + n % 100`)},
       ${idOf('user', `${skewed(Math.floor(members / 100))} * 100 + n % 100`)}, 'client-' || md5(n::text),
       ${oneOf(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/messages'], 3)}, m.hf_id, m.id,
       ${idOf('inst', `${skewed(Math.floor(instances / 100), 2)} * 100 + n % 100`)}, s.status,
       case s.status when 429 then 'limits.exceeded' when 503 then 'model.not_ready' when 400 then 'request.invalid'
         when 404 then 'model.not_served' when 499 then 'client.left' when 502 then 'upstream.failed' end,
       case when s.status = 200 then 'completed' end, random() < 0.7, skewed.prompt, skewed.completion, 0,
       random() * 5, 20 + random() * 400
     from generate_series(0, $1::integer - 1) n
     join lateral (select ${oneOf(STATUSES, 3)}::integer + n * 0 as status) s on true
     join lateral (select n * 0 + ${skewed(4000)} as prompt, ${skewed(1000)} as completion) skewed on true
     join (select id, hf_id, row_number() over (order by id) - 1 as nr, count(*) over () as of from models) m
       on m.nr = (n * 7919::bigint / 100 + n % 100) % m.of`,
    [logRows],
  );
}

async function fillUsage(db: Queryable, { usageRows, keys, members, instances }: DataSize): Promise<void> {
  await db.query(
    `insert into usage_ledger (request_id, org_id, api_key_id, user_id, model_id, instance_id, endpoint, outcome,
       http_status, prompt_tokens, completion_tokens, cached_tokens, streamed, ttft_ms, started_at, ended_at,
       recorded_at, project_id)
     select ${idOf('req', 'n')}, ${orgOf('n')}, ${idOf('key', `${skewed(Math.floor(keys / 100))} * 100 + n % 100`)},
       ${idOf('user', `${skewed(Math.floor(members / 100))} * 100 + n % 100`)}, m.id,
       ${idOf('inst', `${skewed(Math.floor(instances / 100), 2)} * 100 + n % 100`)},
       ${oneOf(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/messages'], 3)},
       ${oneOf(['completed', 'completed', 'client_closed', 'upstream_failed'], 4)}, 200, ${skewed(4000)},
       ${skewed(1000)}, 0, true, 20 + random() * 400, t.at, t.at + interval '5 s' * random(), t.at,
       case when n % 3 = 0 then 'proj_bench-0_' || n % 20 end
     from generate_series(0, $1::integer - 1) n
     join lateral (select ${moment} + n * interval '0 s' as at) t on true
     join (select id, row_number() over (order by id) - 1 as nr, count(*) over () as of from models) m
       on m.nr = (n * 7919::bigint / 100 + n % 100) % m.of`,
    [usageRows],
  );
  await db.query(
    `insert into usage_hourly (org_id, hour, model_id, api_key_id, project_id, requests, prompt_tokens,
       completion_tokens, cached_tokens)
     select org_id, date_trunc('hour', started_at, 'UTC'), model_id, coalesce(api_key_id, ''), coalesce(project_id, ''),
       count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
     from usage_ledger group by 1, 2, 3, 4, 5`,
  );
}

/** As the triggers would have counted. */
async function recount(db: Queryable): Promise<void> {
  await db.query(
    `insert into request_log_daily (org_id, day, status, error_code, endpoint, requests)
     select org_id, (started_at at time zone 'UTC')::date, status, coalesce(error_code, ''), endpoint, count(*)
     from request_log group by 1, 2, 3, 4, 5`,
  );
  await db.query(
    `insert into usage_daily (org_id, day, model_id, project_id, outcome, requests, prompt_tokens, completion_tokens,
       cached_tokens)
     select org_id, (started_at at time zone 'UTC')::date, model_id, coalesce(project_id, ''), outcome, count(*),
       sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
     from usage_ledger group by 1, 2, 3, 4, 5`,
  );
}

const ACTIONS = [
  ['orchestrator', 'STATE_CHANGED'],
  ['orchestrator', 'PROVIDER_LOOK'],
  ['api', 'REQUEST_CREATE'],
  ['orchestrator', 'PROVIDER_CREATE'],
  ['worker', 'WORKER_REGISTERED'],
  ['worker', 'WORKER_MODEL_LOADED'],
  ['orchestrator', 'HEALTH_CHECK'],
  ['api', 'REQUEST_TERMINATE'],
  ['orchestrator', 'PROVIDER_DELETE_VOLUME'],
  ['orchestrator', 'OFFER_REFUSED'],
] as const;

async function fillActions(db: Queryable, { logRows, instances }: DataSize): Promise<void> {
  const column = (index: 0 | 1) => `(array[${ACTIONS.map((pair) => `'${pair[index]}'`).join(', ')}])[c.nr]`;
  await db.query(
    `insert into action_log (org_id, id, instance_id, component, code, status, duration_ms, error_code, metadata,
       correlation_id, at)
     select ${orgOf('n')}, ${idOf('act', 'n')}, ${idOf('inst', `${skewed(Math.floor(instances / 100), 2)} * 100 + n % 100`)},
       ${column(0)}, ${column(1)}, c.status, (1000 * power(random(), 4))::integer,
       case when c.status = 'failed' then ${oneOf(['stock_out', 'quota', 'timeout', 'auth'])} end,
       '{"attempt": 1}', ${idOf('corr', 'n / 8')},
       date_trunc('milliseconds', now() - interval '${DAYS} days' * ($1 - n) / $1)
     from generate_series(0, $1::integer - 1) n
     join lateral (select 1 + ${skewed(ACTIONS.length, 2)} + n * 0 as nr,
       ${oneOf(['succeeded', 'started', 'failed'], 2)} as status) c on true`,
    [logRows],
  );
}

async function fillAudit(db: Queryable, { logRows, members }: DataSize): Promise<void> {
  await db.query(
    `insert into audit_log (id, org_id, at, outcome, actor_kind, actor_id, actor_name, action, subject_kind,
       subject_id, before, after, ip, user_agent, request_id, correlation_id)
     select ${idOf('aud', 'n')}, ${orgOf('n')}, date_trunc('milliseconds', now() - interval '${DAYS} days' * ($1 - n) / $1),
       case when random() < 0.02 then 'denied' else 'done' end, 'user', ${idOf('user', 'a.nr * 100 + n % 100')},
       'person.' || a.nr * 100 + n % 100,
       ${oneOf(['api_keys.create', 'session.create', 'instances.terminate', 'deployments.create', 'api_keys.change', 'settings.change', 'members.change'])},
       ${oneOf(['api_key', 'session', 'instance', 'deployment', 'settings'])}, ${idOf('key', `${skewed(1000)} * 100 + n % 100`)},
       null, '{"name": "bench"}', '192.0.2.' || n % 250, 'Mozilla/5.0', ${idOf('hreq', 'n')}, ${idOf('corr', 'n')}
     from generate_series(0, $1::integer - 1) n
     join lateral (select ${skewed(Math.floor(members / 100), 2)} + n * 0 as nr) a on true`,
    [logRows],
  );
}

async function fillDeliveries(db: Queryable, { deliveries }: DataSize): Promise<void> {
  await db.query(
    `insert into webhook_endpoints (org_id, id, url, description, event_types, is_enabled, secret, secret_key_id,
       created_by, created_at)
     select 'org_bench_0', 'wh_bench_' || n, 'https://hooks.bench.example/' || n, 'bench', '{}', false, 's', 'k',
       'user_bench', now() from generate_series(0, 2) n`,
  );
  await db.query(
    `insert into webhook_deliveries (org_id, id, endpoint_id, event_id, event_type, body, state, attempts, due_at,
       until_at, last_status, created_at, ended_at)
     select 'org_bench_0', ${idOf('whd', 'n')}, 'wh_bench_' || n % 3, ${idOf('evt', 'n')},
       ${oneOf(['INSTANCE_STATE_CHANGED', 'TOKENS_CONSUMED', 'API_KEY_CREATED'])}, '{}',
       case when n % 20 = 0 then 'failed' else 'delivered' end, 1, t.at, t.at + interval '3 days', 200, t.at, t.at
     from generate_series(0, $1::integer - 1) n,
       lateral (select now() - interval '20 days' * ($1 - n) / $1 as at) t`,
    [deliveries],
  );
}
