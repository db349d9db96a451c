import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsageRecord } from '#contracts/usage.ts';
import type { ListPosition } from '#database/listing.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { OrgId } from '#kernel/ids.ts';
import { recordUsage } from '../testing.ts';
import { listLedgerRows } from '../usage-list-store.ts';
import { readUsageSums } from '../usage-sums-store.ts';

const ORG = { orgId: 'org_a' as OrgId };
const AN_ORGANISATION = `insert into organisations (id, slug, name, created_at) values ('org_a', 'a', 'A', app_now())`;

function record(index: number, over: Partial<UsageRecord> = {}): UsageRecord {
  return {
    request_id: `req_${index}`,
    org_id: ORG.orgId,
    api_key_id: index % 2 ? 'key_1' : null,
    user_id: 'user_1',
    model_id: 'model_1',
    instance_id: 'inst_1',
    endpoint: '/v1/chat/completions',
    outcome: 'completed',
    http_status: 200,
    error_code: null,
    prompt_tokens: 10,
    completion_tokens: index,
    cached_tokens: 1,
    started_at_ms: 1_790_000_000_000 + index * 60_000,
    ended_at_ms: 1_790_000_000_500 + index * 60_000,
    ttft_ms: 12.5,
    streamed: true,
    ...over,
  };
}

test('a batch sent three times, and by two at once, is counted once', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query(AN_ORGANISATION);
  const batch = Array.from({ length: 200 }, (_, index) => record(index));
  const answers = await Promise.all([recordUsage(db, batch), recordUsage(db, batch.toReversed())]);
  answers.push(await recordUsage(db, batch));
  assert.equal(
    answers.reduce((sum, answer) => sum + answer.inserted, 0),
    200,
  );
  assert.deepEqual(await readUsageSums(db, ORG, {}), {
    requests: 200,
    prompt_tokens: 2_000,
    completion_tokens: (199 * 200) / 2,
    cached_tokens: 200,
  });
});

test('hourly sums equal the ledger whatever overlaps between batches', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query(AN_ORGANISATION);
  for (let from = 0; from < 100; from += 7) {
    await recordUsage(
      db,
      Array.from({ length: 20 }, (_, index) => record(from + index)),
    );
  }
  const [ledger] = await db.query(
    `select count(*) as requests, sum(prompt_tokens) as prompt_tokens, sum(completion_tokens) as completion_tokens,
       sum(cached_tokens) as cached_tokens from usage_ledger`,
  );
  assert.deepEqual(await readUsageSums(db, ORG, {}), ledger);
});

test('one record of an unknown organisation refuses its batch and changes nothing', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query(AN_ORGANISATION);
  await assert.rejects(recordUsage(db, [record(1), record(2, { org_id: 'org_nobody' })]));
  assert.equal((await readUsageSums(db, ORG, {})).requests, 0);
});

test('the request log pages through every row once, newest first', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query(AN_ORGANISATION);
  // Ten requests of the same millisecond: the cursor must not lose or repeat any.
  await recordUsage(
    db,
    Array.from({ length: 10 }, (_, index) => record(index, { started_at_ms: 1_790_000_000_000 })),
  );
  const seen: string[] = [];
  const order = { key: 'started_at', isDescending: true } as const;
  let after: ListPosition | undefined;
  do {
    const { rows, next, total } = await listLedgerRows(db, ORG, {}, { limit: 3, order, after });
    seen.push(...rows.map((row) => row.request_id));
    assert.equal(total, 10);
    after = next;
  } while (after);
  assert.equal(seen.length, 10);
  assert.equal(new Set(seen).size, 10);
});

test('watchers are told of new usage once a second, and not of a repeated batch', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query(AN_ORGANISATION);
  const told = async () =>
    (await db.query(`select from events where type = 'usage.changed' and user_id is null`)).length;
  await recordUsage(db, [record(1)]);
  await recordUsage(db, [record(2)]);
  assert.equal(await told(), 1);
  await db.query(`update events set at = at - interval '2 seconds'`);
  await recordUsage(db, [record(2)]);
  assert.equal(await told(), 1);
  await recordUsage(db, [record(3)]);
  assert.equal(await told(), 2);
});
