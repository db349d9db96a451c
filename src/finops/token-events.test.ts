import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { UsageRecord } from '#contracts/usage.ts';
import { type TestDatabase, withTestDatabase } from '#database/testing.ts';
import { recordUsage } from './testing.ts';

const record = fc.record({
  number: fc.integer({ min: 0, max: 60 }),
  org: fc.constantFrom('org_a', 'org_b'),
  key: fc.constantFrom('key_1', 'key_2', null),
  user: fc.constantFrom('user_1', null),
  model: fc.constantFrom('model_1', 'model_2'),
  prompt: fc.integer({ min: 0, max: 2_000_000_000 }),
  completion: fc.integer({ min: 0, max: 100_000 }),
});

type Drawn = typeof record extends fc.Arbitrary<infer T> ? T : never;

function toUsage(one: Drawn, run: number): UsageRecord {
  return {
    request_id: `req_${run}_${one.number}`,
    org_id: one.org,
    api_key_id: one.key,
    user_id: one.user,
    model_id: one.model,
    instance_id: null,
    endpoint: '/v1/chat/completions',
    outcome: 'completed',
    http_status: 200,
    error_code: null,
    prompt_tokens: one.prompt,
    completion_tokens: one.completion,
    cached_tokens: Math.floor(one.prompt / 2),
    started_at_ms: 1_790_000_000_000 + one.number,
    ended_at_ms: 1_790_000_000_500 + one.number,
    ttft_ms: null,
    streamed: false,
  };
}

const SUMS = `count(*)::int as groups, sum(requests)::text as requests, sum(prompt)::text as prompt,
  sum(completion)::text as completion, sum(cached)::text as cached`;
const LEDGER = `select org_id, api_key_id, user_id, model_id, ${SUMS} from (
  select org_id, api_key_id, user_id, model_id, 1 as requests, prompt_tokens as prompt,
    completion_tokens as completion, cached_tokens as cached from usage_ledger) l`;
const EVENTS = `select org_id, api_key_id, user_id, model_id, ${SUMS} from (
  select org_id, data ->> 'api_key_id' as api_key_id, data ->> 'user_id' as user_id,
    data ->> 'model_id' as model_id, (data ->> 'requests')::bigint as requests,
    (data ->> 'prompt_tokens')::bigint as prompt, (data ->> 'completion_tokens')::bigint as completion,
    (data ->> 'cached_tokens')::bigint as cached from business_events where type = 'TOKENS_CONSUMED') e`;
const BY = 'group by 1, 2, 3, 4 order by 1, 2, 3, 4';

async function sumsOf({ db }: TestDatabase, from: string) {
  const rows = await db.query<Record<string, unknown>>(`${from} ${BY}`);
  return rows.map(({ groups: _groups, ...sums }) => sums);
}

test('the sums of the events equal the ledger, whatever is sent twice, overlaps or fails', async (t) => {
  const database = await withTestDatabase(t);
  const { db } = database;
  for (const id of ['org_a', 'org_b']) {
    await db.query(
      `insert into organisations (id, slug, name, created_at) values ($1, translate($1, '_', '-'), $1, app_now())`,
      [id],
    );
  }
  let run = 0;
  const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(batches, fc.boolean(), async (drawn, isTwice) => {
      run += 1;
      const sent = drawn.map((batch) => {
        // One id is one record within a batch; between batches the same id may come with other figures.
        return [...new Map(batch.map((one) => [one.number, toUsage(one, run)])).values()];
      });
      await Promise.all(sent.map((batch) => recordUsage(db, batch)));
      if (isTwice) await Promise.all(sent.map((batch) => recordUsage(db, batch)));
      const broken = { ...toUsage(drawn[0]?.[0] as Drawn, -run), org_id: 'org_nobody' };
      await assert.rejects(recordUsage(db, [toUsage(drawn[0]?.[0] as Drawn, -run - 1_000_000), broken]));
      assert.deepEqual(await sumsOf(database, EVENTS), await sumsOf(database, LEDGER));
    }),
    { numRuns: 25 },
  );
});

test('an event names the requests it counts', async (t) => {
  const { db } = await withTestDatabase(t);
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_a', 'a', 'A', app_now())`,
  );
  const drawn = { org: 'org_a', key: 'key_1', user: null, model: 'model_1', prompt: 10, completion: 1 };
  await recordUsage(
    db,
    [3, 1, 2].map((number) => toUsage({ ...drawn, number } as Drawn, 1)),
  );
  const [event] = await db.query<{ data: Record<string, unknown> }>('select data from business_events');
  assert.deepEqual(event?.data, {
    api_key_id: 'key_1',
    user_id: null,
    model_id: 'model_1',
    requests: 3,
    prompt_tokens: 30,
    completion_tokens: 3,
    cached_tokens: 15,
    first_request_id: 'req_1_1',
    last_request_id: 'req_1_3',
    started_at: '2026-09-21T14:13:20.001Z',
    ended_at: '2026-09-21T14:13:20.503Z',
  });
});
