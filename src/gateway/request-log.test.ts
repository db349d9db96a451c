import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestRecord } from '#contracts/requests.ts';
import type { RequestId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { RequestLog } from './request-log.ts';
import { RequestTrace } from './request-trace.ts';
import { requestIdOf } from './send-rows.ts';
import { answering, FakeAgent } from './testing/fake-agent.ts';
import { eventually, MODEL, ORG, startTestGateway, USER } from './testing/test-gateway.ts';

const env = systemEnv(SILENT_LOG);

function row(index: number): RequestRecord {
  const trace = new RequestTrace({
    requestId: `req_${index}` as RequestId,
    correlationId: undefined,
    startedAtMs: index,
    receivedAt: 0,
  });
  trace.caller = { orgId: ORG, userId: USER, apiKeyId: null };
  const record = trace.record({ status: 200, errorCode: null, endedAt: 1 });
  assert.ok(record);
  return record;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 3_000 && !isSo(); i++) await env.sleep(10);
  assert.ok(isSo());
}

test('rows go in batches and in order, and the last ones at the end', async () => {
  const batches: number[] = [];
  const ids: string[] = [];
  const record = async (rows: readonly string[]) => {
    batches.push(rows.length);
    ids.push(...rows.map(requestIdOf));
  };
  const log = new RequestLog(env, { record, rowsMax: () => 10_000 });
  for (let i = 0; i < 1_200; i++) log.add(row(i));
  await until(() => ids.length === 1_200);
  log.add(row(1_200));
  await log.stop();
  assert.deepEqual(batches, [500, 500, 200, 1]);
  assert.deepEqual(
    ids,
    Array.from({ length: 1_201 }, (_, i) => `req_${i}`),
  );
  assert.deepEqual([log.waiting, log.dropped], [0, 0]);
});

test('while nobody takes them the newest are kept, and the lost are counted', async () => {
  let isAway = true;
  let attempts = 0;
  const ids: string[] = [];
  const record = async (rows: readonly string[]) => {
    attempts++;
    if (isAway) throw new Error('away');
    ids.push(...rows.map(requestIdOf));
  };
  const log = new RequestLog(env, { record, rowsMax: () => 100 });
  log.add(row(0));
  await until(() => attempts > 0);
  for (let i = 1; i < 5_000; i++) log.add(row(i));
  assert.deepEqual([log.waiting, log.dropped], [100, 4_900]);
  isAway = false;
  await until(() => log.waiting === 0);
  await log.stop();
  // The first was on its way when the others came.
  assert.deepEqual([ids.length, ids[0], ids[1], ids.at(-1)], [100, 'req_0', 'req_4901', 'req_4999']);
});

test('a row that the database refuses holds up no other', async () => {
  const ids: string[] = [];
  const record = async (rows: readonly string[]) => {
    if (rows.some((each) => requestIdOf(each) === 'req_3')) {
      throw Object.assign(new Error('no such character'), { code: '22P05' });
    }
    ids.push(...rows.map(requestIdOf));
  };
  const log = new RequestLog(env, { record, rowsMax: () => 100 });
  for (let i = 0; i < 6; i++) log.add(row(i));
  await until(() => log.waiting === 0);
  await log.stop();
  assert.deepEqual(ids, ['req_0', 'req_1', 'req_2', 'req_4', 'req_5']);
  assert.equal(log.dropped, 1);
});

test('a request that nobody of ours made has no row', () => {
  const trace = new RequestTrace({
    requestId: 'req_1' as RequestId,
    correlationId: undefined,
    startedAtMs: 0,
    receivedAt: 0,
  });
  assert.equal(trace.record({ status: 401, errorCode: 'auth.invalid_api_key', endedAt: 1 }), undefined);
});

test('each request of ours has one row, refused ones too, and the client finds its own id again', async (t) => {
  const agent = await new FakeAgent(answering(4)).listen();
  t.after(() => agent.close());
  const own = await startTestGateway(t, [agent]);
  const ask = async (body: unknown, headers: Record<string, string> = { 'x-api-key': own.key }) => {
    const response = await fetch(`${own.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    await response.text();
    const id = response.headers.get('x-request-id') ?? '';
    return { headers: response.headers, row: () => own.requests.find((each) => each.request_id === id) };
  };
  const messages = [{ role: 'user', content: 'secret words' }];
  const answered = await ask(
    { model: MODEL.hfId, messages, stream: true },
    { 'x-api-key': own.key, 'x-request-id': 'order 66; <b>'.repeat(20) },
  );
  const correlationId = answered.headers.get('x-correlation-id') ?? '';
  assert.equal(correlationId, 'order66b'.repeat(20).slice(0, 128));
  const row = await eventually(answered.row, 30_000);
  assert.deepEqual(
    [row.org_id, row.api_key_id, row.user_id, row.status, row.error_code, row.outcome],
    [ORG, 'key_a', USER, 200, null, 'completed'],
  );
  assert.deepEqual(
    [row.endpoint, row.model, row.model_id, row.correlation_id, row.streamed, row.completion_tokens],
    ['/v1/chat/completions', MODEL.hfId, MODEL.id, correlationId, true, 4],
  );
  assert.ok(row.instance_id?.startsWith('inst_') && row.duration_ms > 0 && (row.queue_ms ?? -1) >= 0);

  const unknown = await eventually((await ask({ model: 'org/no\0ne', messages })).row, 30_000);
  assert.deepEqual(
    [unknown.status, unknown.error_code, unknown.model, unknown.outcome],
    [404, 'model.not_served', 'org/no\ufffdne', null],
  );
  const malformed = await eventually((await ask('{')).row, 30_000);
  assert.deepEqual([malformed.status, malformed.error_code], [400, 'request.malformed']);
  const expired = await ask({ model: MODEL.hfId }, { authorization: `Bearer ${own.expiredKey}` });
  const refused = await eventually(expired.row, 30_000);
  assert.deepEqual([refused.status, refused.org_id, refused.api_key_id], [401, ORG, 'key_c']);
  const nobody = await ask({ model: MODEL.hfId }, {});
  assert.equal(nobody.row(), undefined);
  await own.gateway.stop();
  assert.equal(nobody.row(), undefined);
  const text = JSON.stringify(own.requests);
  assert.equal(own.requests.length, 4);
  for (const secret of ['secret words', own.key, own.expiredKey]) assert.ok(!text.includes(secret));
});
