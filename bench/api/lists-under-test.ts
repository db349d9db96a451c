/** Lists of the api, as the oracle sees them: their filters, their orders, and random rows. */
import fc from 'fast-check';
import type { Database } from '#database/database.ts';
import type { Order, Row } from './oracle.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;

interface Filter {
  readonly name: string;
  readonly value: fc.Arbitrary<string>;
  readonly lets: (row: Row, value: string) => boolean;
}

export interface ListUnderTest {
  readonly path: string;
  readonly fixed?: string;
  readonly idField: string;
  readonly order: Order;
  readonly filters: readonly Filter[];
  /** Row `n`, of the organisation that asks or of another. */
  readonly row: (n: number, orgId: string) => fc.Arbitrary<Row>;
  /** Gives them back as they were kept. */
  readonly add: (db: Database, rows: readonly Row[]) => Promise<readonly Row[]>;
}

export const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(26, '0')}`;
export const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const few = (prefix: string, count: number) => fc.nat(count - 1).map((n) => `${prefix}${n}`);
/** Few moments in four days, so that many are equal; midnights of UTC among them. */
const moment = fc
  .record({ day: fc.nat(3), part: oneOf(0, 1, 3_600_000, 40_000_000, DAY_MS - 1), more: fc.nat(20) })
  .map(({ day, part, more }) =>
    new Date(
      MIDNIGHT_MS - 4 * DAY_MS + day * DAY_MS + Math.min(part + more * 1_000, DAY_MS - 1),
    ).toISOString(),
  );
const equals = (name: string, value: fc.Arbitrary<string>, field = name): Filter => ({
  name,
  value,
  lets: (row, wanted) => row[field] === wanted,
});
const window = (field: string): Filter[] => [
  { name: 'from', value: moment, lets: (row, from) => timeOf(row, field) >= Date.parse(from) },
  { name: 'to', value: moment, lets: (row, to) => timeOf(row, field) < Date.parse(to) },
];
export const timeOf = (row: Row, field: string) => Date.parse(String(row[field]));
export const text = (row: Row, field: string) => (row[field] === null ? '' : String(row[field]));

export const REQUESTS: ListUnderTest = {
  path: '/api/v1/requests',
  idField: 'request_id',
  order: {
    id: (row) => text(row, 'request_id'),
    keys: {
      started_at: (row) => timeOf(row, 'started_at'),
      duration_ms: (row) => row['duration_ms'] as number,
      tokens: (row) => (row['prompt_tokens'] as number) + (row['completion_tokens'] as number),
    },
  },
  filters: [
    {
      name: 'status',
      value: oneOf('200', '429', '503'),
      lets: (row, status) => row['status'] === Number(status),
    },
    {
      name: 'failed',
      value: oneOf('true', 'false'),
      lets: (row, failed) =>
        ((row['status'] as number) >= 400 || row['error_code'] !== null) === (failed === 'true'),
    },
    equals('error_code', oneOf('limits.exceeded', 'limits.queue_full', 'none.such')),
    equals('api_key_id', few('key_', 6)),
    equals('user_id', few('user_', 4)),
    equals('instance_id', few('inst_', 5)),
    equals('endpoint', oneOf('/v1/chat/completions', '/v1/embeddings')),
    {
      name: 'model',
      value: oneOf('org/m0', 'model_1'),
      lets: (row, model) => row['model'] === model || row['model_id'] === model,
    },
    { name: 'id', value: oneOf('mine-3', id('req', 7)), lets: (row, wanted) => isNamed(row, wanted) },
    {
      name: 'q',
      value: oneOf('limits', 'mine-1', 'org/m1', 'l', '%', id('req', 11)),
      lets: (row, q) =>
        row['model'] === q ||
        row['request_id'] === q ||
        text(row, 'correlation_id').startsWith(q) ||
        text(row, 'error_code').startsWith(q),
    },
    ...window('started_at'),
  ],
  row: (n, orgId) =>
    fc.record({
      request_id: fc.constant(id('req', n)),
      org_id: fc.constant(orgId),
      started_at: moment,
      duration_ms: oneOf(0, 1.5, 12.25, 1e-7, 60_000.1),
      api_key_id: fc.option(few('key_', 6)),
      user_id: fc.option(few('user_', 4)),
      correlation_id: fc.option(few('mine-', 20)),
      endpoint: oneOf('/v1/chat/completions', '/v1/chat/completions', '/v1/embeddings'),
      model: fc.option(few('org/m', 3)),
      model_id: fc.option(few('model_', 3)),
      instance_id: fc.option(few('inst_', 5)),
      status: oneOf(200, 200, 200, 429, 503),
      error_code: oneOf(null, null, 'limits.exceeded', 'limits.queue_full'),
      outcome: oneOf('completed', null),
      streamed: fc.boolean(),
      prompt_tokens: fc.nat(5),
      completion_tokens: fc.nat(5),
      cached_tokens: fc.constant(0),
      queue_ms: fc.constant(null),
      ttft_ms: fc.constant(null),
    }),
  add: (db, rows) => insertRows(db, 'request_log', rows),
};

const isNamed = (row: Row, wanted: string) =>
  row['request_id'] === wanted || row['correlation_id'] === wanted;

export const USAGE: ListUnderTest = {
  path: '/api/v1/usage/requests',
  idField: 'request_id',
  order: {
    id: (row) => text(row, 'request_id'),
    keys: {
      started_at: (row) => timeOf(row, 'started_at'),
      tokens: (row) => (row['prompt_tokens'] as number) + (row['completion_tokens'] as number),
    },
  },
  filters: [
    {
      name: 'project_id',
      value: oneOf('none', 'proj_0', 'proj_1'),
      lets: (row, project) => (row['project_id'] ?? 'none') === project,
    },
    equals('model_id', few('model_', 3)),
    equals('api_key_id', few('key_', 6)),
    equals('user_id', few('user_', 4)),
    {
      name: 'instance_id',
      value: few('inst_', 5),
      lets: (row, wanted) => row['instance_id'] === wanted && row['provider_org_id'] === null,
    },
    equals('outcome', oneOf('completed', 'lost')),
    equals('request_id', oneOf(id('req', 3), id('req', 9_999_999))),
    ...window('started_at'),
  ],
  row: (n, orgId) =>
    fc
      .record({
        request_id: fc.constant(id('req', n)),
        org_id: fc.constant(orgId),
        api_key_id: fc.option(few('key_', 6)),
        user_id: fc.option(few('user_', 4)),
        model_id: few('model_', 3),
        instance_id: few('inst_', 5),
        endpoint: fc.constant('/v1/chat/completions'),
        outcome: oneOf('completed', 'completed', 'lost'),
        prompt_tokens: fc.nat(5),
        completion_tokens: fc.nat(5),
        cached_tokens: fc.constant(0),
        streamed: fc.boolean(),
        started_at: moment,
        project_id: fc.option(few('proj_', 2)),
        provider_org_id: oneOf(null, null, 'org_provider'),
      })
      .map((row) => ({
        ...row,
        ended_at: row.started_at,
        recorded_at: row.started_at,
        charged_micros: row.provider_org_id === null ? null : 5,
      })),
  add: (db, rows) => insertRows(db, 'usage_ledger', rows),
};

export const ACTIONS: ListUnderTest = {
  path: '/api/v1/actions',
  idField: 'id',
  order: {
    id: (row) => text(row, 'id'),
    keys: {
      at: (row) => timeOf(row, 'at'),
      duration_ms: (row) => (row['duration_ms'] as number | null) ?? -1,
    },
  },
  filters: [
    equals('instance_id', few('inst_', 5)),
    equals('component', oneOf('api', 'worker')),
    equals('code', oneOf('PROVIDER_CREATE', 'OFFER_REFUSED')),
    equals('status', oneOf('started', 'succeeded', 'failed')),
    equals('error_code', oneOf('quota', 'stock_out')),
    equals('correlation_id', few('corr_', 5)),
    {
      name: 'q',
      value: oneOf('provider', 'REFUSED', 'stock', 'inst_2', 'corr_1', '_', 'nothing'),
      lets: (row, q) =>
        text(row, 'code').includes(q.toUpperCase()) ||
        row['instance_id'] === q ||
        row['correlation_id'] === q ||
        text(row, 'error_code').startsWith(q),
    },
    ...window('at'),
  ],
  row: (n, orgId) =>
    fc.record({
      org_id: fc.constant(orgId),
      id: fc.constant(id('act', n)),
      instance_id: fc.option(few('inst_', 5)),
      component: oneOf('api', 'worker', 'orchestrator'),
      code: oneOf('PROVIDER_CREATE', 'PROVIDER_DELETE', 'OFFER_REFUSED', 'STATE_CHANGED'),
      status: oneOf('started', 'succeeded', 'failed'),
      duration_ms: fc.option(fc.nat(3)),
      error_code: oneOf(null, null, 'quota', 'stock_out'),
      metadata: fc.constant({}),
      correlation_id: few('corr_', 5),
      at: moment,
    }),
  add: (db, rows) => insertRows(db, 'action_log', rows),
};

export const AUDIT: ListUnderTest = {
  path: '/api/v1/audit',
  idField: 'id',
  order: { id: (row) => row['seq'] as number, keys: { at: (row) => timeOf(row, 'at') } },
  filters: [
    {
      name: 'actor',
      value: oneOf('user_1', 'ada'),
      lets: (row, actor) => row['actor_id'] === actor || row['actor_name'] === actor,
    },
    {
      name: 'action',
      value: oneOf('keys', 'keys.create', 'key'),
      lets: (row, action) => row['action'] === action || text(row, 'action').startsWith(`${action}.`),
    },
    {
      name: 'subject',
      value: oneOf('key', 'key_1'),
      lets: (row, subject) => row['subject_id'] === subject || row['subject_kind'] === subject,
    },
    equals('outcome', oneOf('done', 'denied')),
    equals('correlation_id', few('corr_', 5)),
    {
      name: 'q',
      value: oneOf('ada', 'keys.c', 'key_1', 'corr_1', 'setting', 'user_1'),
      lets: (row, q) =>
        ['actor_id', 'actor_name', 'subject_id', 'subject_kind', 'request_id', 'correlation_id'].some(
          (field) => row[field] === q,
        ) || text(row, 'action').startsWith(q),
    },
    ...window('at'),
  ],
  row: (n, orgId) =>
    fc.record({
      id: fc.constant(id('aud', n)),
      org_id: fc.constant(orgId),
      at: moment,
      outcome: oneOf('done', 'done', 'denied'),
      actor_kind: fc.constant('user'),
      actor_id: fc.option(few('user_', 4)),
      actor_name: oneOf(null, 'ada', 'bob', 'user_1'),
      action: oneOf('keys.create', 'keys.change', 'keyshop.open', 'settings.change', 'keys'),
      subject_kind: oneOf('key', 'setting'),
      subject_id: fc.option(few('key_', 4)),
      request_id: few('hreq_', 9),
      correlation_id: few('corr_', 5),
    }),
  add: async (db, rows) => {
    await insertRows(db, 'audit_log', rows);
    const kept = await db.query<{ id: string; seq: number }>(
      'select id, seq from audit_log where id = any($1) order by seq',
      [rows.map((row) => row['id'])],
    );
    const seqOf = new Map(kept.map((row) => [row.id, row.seq]));
    return rows.map((row) => ({ ...row, seq: seqOf.get(text(row, 'id')) }));
  },
};

const NAMES = ['ci', 'CI-Search', '100%', 'a_b', 'Éclair', "o'hara", 'back\\slash', 'notebook'];

export const KEYS: ListUnderTest = {
  path: '/api/v1/api-keys',
  fixed: 'owner=all',
  idField: 'id',
  order: {
    id: (row) => text(row, 'id'),
    keys: {
      created_at: (row) => timeOf(row, 'created_at'),
      name: (row) => text(row, 'name').toLowerCase(),
      last_used_at: (row) => (row['last_used_at'] === null ? 0 : timeOf(row, 'last_used_at')),
    },
  },
  filters: [
    {
      name: 'q',
      value: oneOf('ci', 'É', '%', '_', '\\', "'", 'search', id('key', 5)),
      lets: (row, q) => text(row, 'name').toLowerCase().includes(q.toLowerCase()) || row['id'] === q,
    },
    {
      name: 'project_id',
      value: oneOf('none', 'proj_0'),
      lets: (row, p) => (row['project_id'] ?? 'none') === p,
    },
    {
      name: 'state',
      value: oneOf('active', 'inactive', 'disabled', 'suspended', 'expired', 'revoked'),
      lets: (row, state) => stateOf(row) === state,
    },
    {
      name: 'owner',
      value: oneOf('organisation', id('user', 2)),
      lets: (row, owner) =>
        owner === 'organisation'
          ? row['owner_kind'] === 'organisation'
          : row['owner_kind'] === 'user' && row['user_id'] === owner,
    },
  ],
  row: (n, orgId) =>
    fc.record({
      org_id: fc.constant(orgId),
      id: fc.constant(id('key', n)),
      user_id: fc.integer({ min: 1, max: 4 }).map((nr) => id('user', nr)),
      name: oneOf(...NAMES),
      hint: fc.constant('inv_…'),
      token_hash: fc.constant(`hash-${orgId}-${n}`),
      created_at: moment,
      expires_at: oneOf(null, null, '2020-01-01T00:00:00.000Z', '2099-01-01T00:00:00.000Z'),
      revoked_at: oneOf(null, null, null, '2026-01-01T00:00:00.000Z'),
      last_used_at: fc.option(moment),
      is_enabled: oneOf(true, true, true, false),
      project_id: fc.option(few('proj_', 2)),
      owner_kind: oneOf('user', 'user', 'organisation'),
      isActivated: oneOf(true, true, false),
    }),
  add: async (db, rows) => {
    const plain = rows.map(({ isActivated: _, ...row }) => row);
    await insertRows(db, 'api_keys', plain, {
      scopes: ['inference'],
      waits_for_start: false,
      priority_max: 'normal',
    });
    const activations = rows.map((row) => {
      const by = { technical_by: 'u', technical_at: row['created_at'], created_at: row['created_at'] };
      const resource = { org_id: row['org_id'], resource_kind: 'api_key', resource_id: row['id'] };
      return { ...resource, technical_is_given: row['isActivated'], economic_is_given: true, ...by };
    });
    await insertRows(db, 'activations', activations, {
      economic_by: 'u',
      economic_at: '2026-01-01T00:00:00Z',
    });
    return rows;
  },
};

/** Person 1 is an owner, 2 a user, 3 has left, the account of 4 is disabled. */
function stateOf(row: Row): string {
  if (row['revoked_at'] !== null) return 'revoked';
  if (row['expires_at'] !== null && Date.parse(String(row['expires_at'])) <= Date.now()) return 'expired';
  if (row['is_enabled'] !== true) return 'disabled';
  const vouchers = row['owner_kind'] === 'user' ? [1, 2] : [1];
  if (!vouchers.map((nr) => id('user', nr)).includes(text(row, 'user_id'))) return 'suspended';
  return row['isActivated'] === true ? 'active' : 'inactive';
}

export const INSTANCES: ListUnderTest = {
  path: '/api/v1/instances',
  idField: 'id',
  order: {
    id: (row) => text(row, 'id'),
    keys: {
      created_at: (row) => timeOf(row, 'created_at'),
      name: (row) => text(row, 'name').toLowerCase(),
      state: (row) => text(row, 'state'),
    },
  },
  filters: [
    equals('state', oneOf('ready', 'terminated', 'archived')),
    equals('zone', oneOf('mock-a', 'mock-b')),
    equals('provider', fc.constant('mock'), 'provider_id'),
    equals('deployment', few('dep_', 3), 'deployment_id'),
    {
      name: 'instance_type',
      value: oneOf('LIST-1', 'type_list_2'),
      lets: (row, type) => typeNames(row).includes(type),
    },
    {
      name: 'model',
      value: oneOf('list/M0', 'model_list_1'),
      lets: (row, model) => modelNames(row).includes(model),
    },
    {
      name: 'project_id',
      value: oneOf('none', 'proj_0'),
      lets: (row, project) => (row['deployment_id'] === 'dep_0' ? 'proj_0' : 'none') === project,
    },
    {
      name: 'q',
      value: oneOf(
        'MACH',
        '-b',
        'list-2',
        'list/m1',
        'dep-1',
        'first project',
        '100%',
        '_',
        id('inst', 3).slice(0, 28),
      ),
      lets: (row, q) => {
        const wanted = q.toLowerCase();
        const names = [text(row, 'name'), text(row, 'zone'), 'mock', text(row, 'state')];
        const [type = ''] = typeNames(row);
        const [model = ''] = modelNames(row);
        const deployment = text(row, 'deployment_id').replace('_', '-');
        const project = row['deployment_id'] === 'dep_0' ? ['First Project'] : [];
        return (
          [...names, type, model, deployment, ...project].some((name) =>
            name.toLowerCase().includes(wanted),
          ) || text(row, 'id').startsWith(q)
        );
      },
    },
    ...window('created_at'),
  ],
  row: (n, orgId) =>
    fc.record({
      org_id: fc.constant(orgId),
      id: fc.constant(id('inst', n)),
      deployment_id: fc.option(few('dep_', 3)),
      name: oneOf('machine', 'Machine-2', 'a_b', '100%', 'Éclair'),
      provider_id: fc.constant('mock'),
      zone: oneOf('mock-a', 'mock-b'),
      instance_type_id: oneOf('type_list_1', 'type_list_2'),
      model_id: oneOf('model_list_0', 'model_list_1'),
      state: oneOf('ready', 'terminated', 'archived', 'failed'),
      created_at: moment,
    }),
  add: (db, rows) =>
    insertRows(db, 'instances', rows, {
      engine: 'simulated',
      wanted: 'serving',
      is_archived: false,
      state_version: 1,
      state_at: '2026-01-01T00:00:00Z',
      correlation_id: 'c',
      created_by: 'u',
      offer_position: 0,
      is_drained: false,
      server_restarts: 0,
      health_failures: 0,
    }),
};

const typeNames = (row: Row) => {
  const type = text(row, 'instance_type_id');
  return [`LIST-${type.slice(-1)}`, type];
};
const modelNames = (row: Row) => {
  const model = text(row, 'model_id');
  return [`list/M${model.slice(-1)}`, model];
};

/** The machine's own guards want the whole life of an instance; a list wants its row. */
async function insertRows(
  db: Database,
  table: string,
  rows: readonly Row[],
  same: Row = {},
): Promise<readonly Row[]> {
  const whole = rows.map((row) => ({ ...row, ...same }));
  const columns = Object.keys(whole[0] ?? {}).join(', ');
  await db.transaction(async (tx) => {
    if (table === 'instances' || table === 'api_keys') {
      await tx.query('set local session_replication_role = replica');
    }
    await tx.query(
      `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [JSON.stringify(whole)],
    );
  });
  return rows;
}
