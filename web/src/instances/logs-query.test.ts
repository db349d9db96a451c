import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append } from './logs-query.ts';

type Logs = Parameters<typeof append>[0];
type Page = Parameters<typeof append>[1];

function pageOf(from: number, count: number): Page {
  const at = '2026-01-01T00:00:00.000Z';
  const data = Array.from({ length: count }, (_, index) => {
    return { line_no: from + index, at, received_at: at, source: 'agent', level: 'info', line: 'x' } as const;
  });
  return {
    data,
    older_cursor: from === 1 ? null : `older ${from}`,
    newer_cursor: `newer ${from + count - 1}`,
  };
}

const numbers = (logs: Logs) => logs.pages.flatMap(({ data }) => data.map((line) => line.line_no));

test('lines that came since are added once, however often they are answered', () => {
  const first: Logs = { pages: [pageOf(1, 2)], pageParams: [null] };
  const second = append(first, pageOf(3, 2), 'newer 2');
  assert.deepEqual(numbers(second), [1, 2, 3, 4]);
  assert.equal(append(second, pageOf(3, 2), 'newer 2'), second);
});

test('the oldest lines leave a long log, and can be asked for again', () => {
  let logs: Logs = { pages: [pageOf(1, 1_000)], pageParams: [null] };
  for (let from = 1_001; from < 9_000; from += 1_000)
    logs = append(logs, pageOf(from, 1_000), `newer ${from - 1}`);
  assert.equal(numbers(logs).length, 5_000);
  assert.equal(numbers(logs).at(-1), 9_000);
  assert.equal(logs.pages[0]?.older_cursor, 'older 4001');
  assert.equal(logs.pages.length, logs.pageParams.length);
});
