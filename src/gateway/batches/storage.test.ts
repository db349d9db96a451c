import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { signLineBearer } from '#identity/line-bearer.ts';
import { signWebBearer } from '#identity/web-bearer.ts';
import type { RequestId, SessionId } from '#kernel/ids.ts';
import { FakeAgent } from '../testing/fake-agent.ts';
import {
  eventually,
  ORG,
  OTHER_ORG,
  startTestGateway,
  USER,
  WEB_BEARER_KEY,
} from '../testing/test-gateway.ts';
import { Storage, type StorageFigures } from './storage.ts';

const FIGURES: StorageFigures = {
  fileBytesMax: 2_000_000,
  orgBytesMax: 5_000_000,
  fileLifeSeconds: 86_400,
  batchesOpenMax: 2,
};

async function start(t: TestContext, figures: Partial<StorageFigures> = {}) {
  const { db, env } = await withTestDatabase(t);
  for (const [index, org] of [ORG, OTHER_ORG].entries()) {
    await db.query(`insert into organisations (id, slug, name, created_at) values ($1, $2, $2, app_now())`, [
      org,
      `org-${index}`,
    ]);
  }
  const storage = new Storage(env, db, { ...FIGURES, ...figures });
  const gateway = await startTestGateway(t, [], { storage });
  const send = async (method: string, path: string, body?: FormData | object, key = gateway.key) => {
    const isForm = body instanceof FormData;
    const response = await fetch(gateway.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && !isForm ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: a test asserts on what it expects.
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  return { db, env, gateway, send };
}

function form(
  content: string | Uint8Array<ArrayBuffer>,
  fields: Record<string, string> = { purpose: 'batch' },
): FormData {
  const data = new FormData();
  // The file first: nothing of it may need what comes later.
  data.set('file', new Blob([content]), 'in.jsonl');
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

const chunksIn = async (db: Database) => (await db.query('select 1 from file_chunks')).length;

test('a file is taken in, told, read byte for byte, and deleted; for its organisation only', async (t) => {
  const { db, gateway, send } = await start(t);
  const content = new Uint8Array(1_000_000).map((_, index) => (index * 7) % 251);
  const { status, body: file } = await send('POST', '/v1/files', form(content));
  assert.equal(status, 200, JSON.stringify(file));
  assert.deepEqual(
    [file.object, file.bytes, file.purpose, file.filename],
    ['file', 1_000_000, 'batch', 'in.jsonl'],
  );
  assert.equal(file.expires_at - file.created_at, 86_400);
  assert.deepEqual((await send('GET', `/v1/files/${file.id}`)).body, file);
  const read = await fetch(`${gateway.url}/v1/files/${file.id}/content`, {
    headers: { 'x-api-key': gateway.key },
  });
  assert.deepEqual(new Uint8Array(await read.arrayBuffer()), content);

  for (const [method, path] of [
    ['GET', `/v1/files/${file.id}`],
    ['GET', `/v1/files/${file.id}/content`],
    ['DELETE', `/v1/files/${file.id}`],
  ] as const) {
    const other = await send(method, path, undefined, gateway.otherKey);
    assert.deepEqual([other.status, other.body.error.code], [404, 'file.not_found'], `${method} ${path}`);
  }
  assert.deepEqual((await send('GET', '/v1/files', undefined, gateway.otherKey)).body.data, []);
  assert.equal((await send('GET', '/v1/files', undefined, 'wrong')).status, 401);
  assert.equal((await send('DELETE', `/v1/files/${file.id}`)).body.deleted, true);
  assert.equal(await chunksIn(db), 0);
});

test('lists come page by page, in either order', async (t) => {
  const { send } = await start(t);
  const ids: string[] = [];
  for (let index = 0; index < 3; index++) ids.push((await send('POST', '/v1/files', form('x'))).body.id);
  const page = (await send('GET', '/v1/files?limit=2&order=asc')).body;
  assert.deepEqual([page.data.length, page.has_more, page.last_id], [2, true, page.data[1].id]);
  const rest = (await send('GET', `/v1/files?limit=2&order=asc&after=${page.last_id}`)).body;
  assert.deepEqual([rest.data.length, rest.has_more], [1, false]);
  const seen = [...page.data, ...rest.data].map(({ id }: { id: string }) => id);
  assert.deepEqual(
    seen,
    ids.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.deepEqual((await send('GET', '/v1/files?purpose=batch_output')).body.data, []);
  const wrong = await send('GET', '/v1/files?limit=0');
  assert.deepEqual([wrong.status, wrong.body.error.param], [400, 'limit']);
});

test('what is too large, too much or not a form is refused, and nothing of it stays', async (t) => {
  const { db, send } = await start(t);
  const big = await send('POST', '/v1/files', form('x'.repeat(2_000_001)));
  assert.deepEqual([big.status, big.body.error.code], [413, 'file.too_large']);
  const purpose = await send('POST', '/v1/files', form('x', { purpose: 'assistants' }));
  assert.deepEqual([purpose.status, purpose.body.error.param], [400, 'purpose']);
  const life = await send(
    'POST',
    '/v1/files',
    form('x', { purpose: 'batch', 'expires_after[seconds]': '5' }),
  );
  assert.deepEqual([life.status, life.body.error.param], [400, 'expires_after']);
  const json = await send('POST', '/v1/files', { purpose: 'batch' });
  assert.deepEqual([json.status, json.body.error.code], [400, 'request.unsupported_media_type']);
  assert.deepEqual(await db.query('select * from files'), []);
  assert.equal(await chunksIn(db), 0);
  for (let index = 0; index < 2; index++) await send('POST', '/v1/files', form('x'.repeat(2_000_000)));
  const full = await send('POST', '/v1/files', form('x'.repeat(1_500_000)));
  assert.deepEqual([full.status, full.body.error.code], [409, 'file.storage_full']);
  assert.equal(full.headers.get('x-should-retry'), 'false');
  assert.equal((await db.query('select * from files')).length, 2);
});

test('an upload whose client leaves in the middle leaves nothing', async (t) => {
  const { db, gateway } = await start(t);
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `POST /v1/files HTTP/1.1\r\nHost: a\r\nx-api-key: ${gateway.key}\r\nContent-Length: 1900000\r\n` +
      `Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n` +
      `Content-Disposition: form-data; name="file"; filename="f"\r\n\r\n${'x'.repeat(600_000)}`,
  );
  for (const end = performance.now() + 20_000; (await chunksIn(db)) === 0; ) assert(performance.now() < end);
  socket.destroy();
  for (const end = performance.now() + 20_000; ; ) {
    if ((await db.query('select * from files')).length === 0) break;
    assert(performance.now() < end, 'the broken upload stays');
  }
  assert.equal(await chunksIn(db), 0);
});

test('a batch is ordered, with its key only, and its work is due', async (t) => {
  const { db, env, gateway, send } = await start(t);
  const { body: file } = await send('POST', '/v1/files', form('{}'));
  const order = { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' };
  const { status, body: batch } = await send('POST', '/v1/batches', { ...order, metadata: { a: 'b' } });
  assert.deepEqual(
    [status, batch.status, batch.metadata],
    [200, 'validating', { a: 'b' }],
    JSON.stringify(batch),
  );
  assert.equal(batch.expires_at - batch.created_at, 86_400);
  assert.deepEqual(await db.query(`select kind, subject_id, org_id from jobs`), [
    { kind: 'run-batch', subject_id: batch.id, org_id: ORG },
  ]);
  assert.deepEqual((await send('GET', `/v1/batches/${batch.id}`)).body, batch);
  assert.equal((await send('GET', `/v1/batches/${batch.id}`, undefined, gateway.otherKey)).status, 404);
  const used = await send('DELETE', `/v1/files/${file.id}`);
  assert.deepEqual([used.status, used.body.error.code], [409, 'file.in_use']);

  const refused = async (body: object, key?: string) => {
    const { status: code, body: answer } = await send('POST', '/v1/batches', body, key);
    return [code, answer.error.code, answer.error.param];
  };
  assert.deepEqual(await refused({ ...order, endpoint: '/v1/rerank' }), [400, 'request.invalid', 'endpoint']);
  assert.deepEqual(await refused({ ...order, input_file_id: 'file_x' }), [
    404,
    'file.not_found',
    'input_file_id',
  ]);
  assert.deepEqual(await refused(order, gateway.otherKey), [404, 'file.not_found', 'input_file_id']);
  assert.deepEqual(await refused({ ...order, metadata: { a: '\0' } }), [
    400,
    'request.invalid',
    'metadata.a',
  ]);
  const sessionId = 'sess_00000000000000000000000001' as SessionId;
  const expiresAtMs = env.clock.now() + 60_000;
  const browser = signWebBearer(WEB_BEARER_KEY, { sessionId, userId: USER, orgId: ORG, expiresAtMs });
  assert.deepEqual(await refused(order, browser.reveal()), [403, 'batch.key_required', null]);
  await send('POST', '/v1/batches', order);
  assert.deepEqual(await refused(order), [429, 'batch.too_many', null]);

  assert.equal((await send('POST', `/v1/batches/${batch.id}/cancel`)).body.status, 'cancelling');
  const { body: list } = await send('GET', '/v1/batches?limit=1');
  assert.deepEqual([list.data.length, list.has_more], [1, true]);
  const missing = await send('POST', '/v1/batches/batch_x/cancel');
  assert.deepEqual([missing.status, missing.body.error.code], [404, 'batch.not_found']);
  const wrong = await send('DELETE', '/v1/batches');
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, POST']);
});

test('a line of a batch speaks as its key, under its own request id, one at a time', async (t) => {
  let answered = 0;
  const waiting: (() => void)[] = [];
  const agent = await new FakeAgent((_request, response) => {
    const answer = () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } }));
    };
    if (answered++ === 0) waiting.push(answer);
    else answer();
  }).listen();
  t.after(() => agent.close());
  const gateway = await startTestGateway(t, [agent]);
  const requestId = 'req_0000000000000000000000000a' as RequestId;
  const claims = { apiKeyId: 'key_a', orgId: ORG, requestId, expiresAtMs: Date.now() + 60_000 };
  const call = (rest: Partial<typeof claims> = {}) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${signLineBearer(WEB_BEARER_KEY, { ...claims, ...rest }).reveal()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ model: 'org/m', messages: [{ role: 'user', content: 'hi' }] }),
    });
  const first = call();
  await eventually(() => waiting.length > 0);
  const meanwhile = await call();
  assert.deepEqual([meanwhile.status, meanwhile.headers.get('x-request-id') === requestId], [409, false]);
  for (const give of waiting) give();
  const answer = await first;
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.equal(answer.headers.get('x-request-id'), requestId);
  await answer.text();
  const usage = await gateway.usageOf(requestId);
  assert.deepEqual([usage.api_key_id, usage.org_id], ['key_a', ORG]);
  assert.equal((await call()).status, 200, 'again, after an orchestrator died');
  assert.equal((await call({ apiKeyId: 'key_gone' })).status, 401);
  assert.equal((await call({ orgId: OTHER_ORG })).status, 401, 'no key speaks for another organisation');
  assert.equal((await call({ expiresAtMs: Date.now() - 1 })).status, 401);
  assert.equal(gateway.ledger.filter((record) => record.request_id === requestId).length, 1);
});
