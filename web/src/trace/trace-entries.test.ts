import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceEntriesOf } from './trace-entries.ts';

const action = (id: string, at: string, status: 'started' | 'succeeded' | 'failed' = 'succeeded') => ({
  id,
  instance_id: 'inst_1',
  component: 'orchestrator',
  code: 'PROVIDER_CREATE',
  status,
  duration_ms: 5,
  error_code: status === 'failed' ? 'stock_out' : null,
  metadata: {},
  correlation_id: 'cor_1',
  at,
});
const change = (at: string) => ({
  id: 'audit_1',
  at,
  outcome: 'done' as const,
  actor: { kind: 'user', id: 'user_1', name: 'ada' },
  action: 'deployments.create',
  subject: { kind: 'deployments', id: 'dep_1' },
  before: null,
  after: null,
  ip: null,
  user_agent: null,
  request_id: 'req_1',
  correlation_id: 'cor_1',
});

test('what was asked stands before what it caused, also at the same moment', () => {
  const at = '2026-11-21T10:00:00.000Z';
  const entries = traceEntriesOf({
    actions: [action('b', '2026-11-21T10:00:01.000Z', 'failed'), action('a', at)],
    audit: [change(at)],
    requests: [],
  });
  assert.deepEqual(
    entries.map(({ key }) => key),
    ['audit audit_1', 'action a', 'action b'],
  );
  assert.deepEqual(
    entries.map(({ outcome }) => outcome),
    ['ok', 'ok', 'failed'],
  );
  assert.equal(entries[0]?.actor, 'ada');
});
