import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordRequests, recordUsage } from '#finops/testing.ts';
import type { TestPerson } from '#identity/testing.ts';
import type { Lease } from '#jobs/jobs.ts';
import { settleAnswersHandler } from './jobs/settle-answers.ts';
import { type Bench, MODEL, startBench, usageOf } from './testing.ts';

const lease = { signal: new AbortController().signal } as Lease;

async function answerOf(bench: Bench, as: TestPerson, requestId: string): Promise<string> {
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'hello', model: 'org/claimed', request_id: requestId },
  ];
  const { status, body } = await bench.post(as, '/conversations', { messages });
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}

async function figuresOf({ get }: Bench, as: TestPerson, id: string) {
  return (await get(as, `/conversations/${id}/messages`)).body.data[1];
}

function priceOf({ api }: Bench, orgId: string, modelId: string, from: string, micros: number) {
  return api.db.query(
    `insert into usage_prices (org_id, model_id, from_hour, prompt_micros_per_million,
       completion_micros_per_million, cached_micros_per_million, set_by, set_at)
     values ($1, $2, $3, $4, 2 * $4::bigint, $4::bigint / 2, 'u', app_now())`,
    [orgId, modelId, from, micros],
  );
}

test('an answer waits for the ledger, and then tells what the ledger tells', async (t) => {
  const bench = await startBench(t);
  const me = await bench.api.person('user');
  await priceOf(bench, me.orgId, '', '2026-11-01', 1_000_000);
  await priceOf(bench, me.orgId, 'model_1', '2026-11-02', 10_000_000);
  await priceOf(bench, me.orgId, 'model_1', '2026-11-21', 99_000_000);
  const requestId = bench.newRequestId();
  const id = await answerOf(bench, me, requestId);
  const waiting = await figuresOf(bench, me, id);
  assert.deepEqual(
    [waiting.figures.state, waiting.figures.cost_micros, waiting.model],
    ['pending', null, 'org/claimed'],
  );
  assert.equal((await bench.get(me, `/conversations/${id}`)).body.totals.pending, 1);
  await recordUsage(bench.api.db, [usageOf(me, requestId)]);
  const told = (await figuresOf(bench, me, id)).figures;
  // 600 prompt tokens at 10, 400 cached at 5, 101 completion tokens at 20 micros.
  assert.deepEqual(told, {
    state: 'known',
    outcome: 'completed',
    ttft_ms: 250,
    total_ms: 2_250,
    prompt_tokens: 1_000,
    completion_tokens: 101,
    cached_tokens: 400,
    tokens_per_second: 50,
    cost_micros: 10_020,
  });
  const { totals } = (await bench.get(me, `/conversations/${id}`)).body;
  assert.deepEqual(totals, {
    prompt_tokens: 1_000,
    completion_tokens: 101,
    cost_micros: 10_020,
    unpriced: 0,
    pending: 0,
  });
});

test('without a price an answer has no cost, which is not nothing; an offering costs what it charged', async (t) => {
  const bench = await startBench(t);
  const me = await bench.api.person('user');
  const free = await answerOf(bench, me, await bench.asked(me));
  assert.equal((await figuresOf(bench, me, free)).figures.cost_micros, null);
  assert.equal((await bench.get(me, `/conversations/${free}`)).body.totals.unpriced, 1);
  const requestId = bench.newRequestId();
  const id = await answerOf(bench, me, requestId);
  await bench.api.db.query(
    `insert into usage_ledger (request_id, org_id, user_id, model_id, endpoint, outcome, prompt_tokens,
       completion_tokens, cached_tokens, streamed, started_at, ended_at, recorded_at, provider_org_id, charged_micros)
     values ($1, $2, $3, 'model_1', '/v1/chat/completions', 'completed', 10, 1, 0, true, app_now(), app_now(),
       app_now(), 'org_seller', 4242)`,
    [requestId, me.orgId, me.userId],
  );
  const { figures } = await figuresOf(bench, me, id);
  assert.deepEqual([figures.cost_micros, figures.tokens_per_second], [4_242, null]);
});

test('a request that was refused is told from the log of requests, and cost nothing', async (t) => {
  const bench = await startBench(t);
  const me = await bench.api.person('user');
  const requestId = bench.newRequestId();
  const id = await answerOf(bench, me, requestId);
  const usage = usageOf(me, requestId);
  await recordRequests(bench.api.db, [
    {
      ...usage,
      user_id: me.userId,
      correlation_id: null,
      model: MODEL,
      model_id: null,
      instance_id: null,
      status: 429,
      error_code: 'limit.requests',
      outcome: null,
      prompt_tokens: 0,
      completion_tokens: 0,
      cached_tokens: 0,
      started_at_ms: bench.api.env.clock.now(),
      duration_ms: 3,
      queue_ms: null,
      ttft_ms: null,
    },
  ]);
  const answer = await figuresOf(bench, me, id);
  assert.deepEqual(
    [answer.figures.state, answer.figures.cost_micros, answer.figures.outcome, answer.model],
    ['known', 0, null, MODEL],
  );
});

test("others' requests tell nothing, exactly as requests that never were", async (t) => {
  const bench = await startBench(t);
  const me = await bench.api.person('user');
  const colleague = await bench.api.person('user', me.orgId);
  const stranger = await bench.api.person('owner');
  const madeUp = await answerOf(bench, me, bench.newRequestId());
  const expected = (await figuresOf(bench, me, madeUp)).figures;
  assert.equal(expected.state, 'pending');
  for (const other of [colleague, stranger]) {
    const theirs = await bench.asked(other);
    const id = await answerOf(bench, me, theirs);
    assert.deepEqual((await figuresOf(bench, me, id)).figures, expected);
    const own = await answerOf(bench, other, theirs);
    assert.equal((await figuresOf(bench, other, own)).figures.state, 'known', 'nobody takes it from them');
  }
  const mine = await bench.asked(me);
  await answerOf(bench, me, mine);
  const twice = await bench.post(me, '/conversations', {
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'again', model: MODEL, request_id: mine },
    ],
  });
  assert.equal(twice.body.code, 'workbench.request_used');
});

test('answers that nobody looks at are settled, with the rights of their process, and given up after two days', async (t) => {
  const bench = await startBench(t);
  const { db } = bench.api;
  const me = await bench.api.person('user');
  const known = await answerOf(bench, me, await bench.asked(me));
  const never = await answerOf(bench, me, bench.newRequestId());
  const states = async () =>
    (
      await db.query<{ conversation_id: string; figures: string }>(
        `select conversation_id, figures from workbench_messages where figures is not null order by conversation_id`,
      )
    ).map(({ conversation_id: id, figures }) => [id, figures]);
  const handler = settleAnswersHandler(await bench.databaseOf('finops'));
  await handler.run(lease);
  assert.deepEqual(await states(), [
    [known, 'known'],
    [never, 'pending'],
  ]);
  await db.query(`update workbench_messages set created_at = created_at - interval '49 hours'`);
  await handler.run(lease);
  await handler.run(lease);
  assert.deepEqual(await states(), [
    [known, 'known'],
    [never, 'unknown'],
  ]);
});
