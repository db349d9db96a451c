import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditFilterOf, readAuditSearch } from './audit-search.ts';

test('only filters that the log knows are read from an address', () => {
  assert.deepEqual(
    readAuditSearch({ q: 'key', outcome: 'denied', from: '2026-02-03', to: 'soon', other: 'x' }),
    { q: 'key', outcome: 'denied', from: '2026-02-03' },
  );
  assert.deepEqual(readAuditSearch({ outcome: 'maybe', from: '0001-01-01' }), {});
});

test('a day is asked for from its beginning to its end', () => {
  const { from, to } = auditFilterOf({ from: '2026-02-28', to: '2026-02-28' }) as {
    from: string;
    to: string;
  };
  assert.equal(new Date(from).getTime(), new Date(2026, 1, 28).getTime());
  assert.equal(new Date(to).getTime(), new Date(2026, 2, 1).getTime());
});
