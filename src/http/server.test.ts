import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { Reply, type Route, route } from './route.ts';
import { JSON_OWNER, OWNER, startTestServer } from './testing.ts';

const PERSON = { allow: 'member', action: 'models.read' } as const;
const thing = z.object({ name: z.string().min(1), count: z.int().max(10).default(1) });

function echoRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/things',
      name: 'things.create',
      summary: 'Echo',
      policy: { allow: 'member', action: 'deployments.write' },
      body: thing,
      success: { status: 201, body: thing },
      handler: async ({ body }) => ({ ...body, secret: 'never declared' }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/things/:id',
      name: 'things.get',
      summary: 'One',
      policy: PERSON,
      params: z.object({ id: z.string() }),
      query: z.object({ limit: z.coerce.number().int().max(5).default(2) }),
      success: { status: 200, body: z.object({ id: z.string(), limit: z.int() }) },
      handler: async ({ params, query }) => ({ id: params.id, limit: query.limit }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/broken',
      name: 'things.broken',
      summary: 'Answers what it does not declare',
      policy: PERSON,
      success: { status: 200, body: z.object({ count: z.int() }) },
      handler: async () => ({ count: 'many' }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/throws',
      name: 'things.throws',
      summary: 'Fails',
      policy: PERSON,
      success: { status: 200 },
      handler: async () => {
        throw new Error('the password is hunter2');
      },
    }),
    route({
      method: 'POST',
      path: '/internal/worker/beat',
      name: 'worker.beat',
      summary: 'For workers',
      policy: { allow: 'worker' },
      success: { status: 200, body: z.object({ instance: z.string() }) },
      handler: async ({ caller }) => ({ instance: caller.instanceId }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/open',
      name: 'things.open',
      summary: 'For anyone',
      policy: { allow: 'anyone', because: 'a test' },
      success: { status: 200, body: z.object({ caller: z.string() }) },
      handler: async ({ caller }) => new Reply(200, { caller: caller.kind }, { 'x-own': '1' }),
    }),
  ];
}
const start = (t: Parameters<typeof startTestServer>[0]) => startTestServer(t, { routes: echoRoutes });
const post = (headers: Record<string, string>, body: string) => ({ method: 'POST', headers, body });

test('an answer has what its schema declares and nothing else', async (t) => {
  const server = await start(t);
  const answer = await server.request('/api/v1/things', post(JSON_OWNER, '{"name":"a","extra":1}'));
  assert.equal(answer.status, 201);
  assert.deepEqual(await answer.json(), { name: 'a', count: 1 });
  assert.match(answer.headers.get('x-request-id') ?? '', /^req_[0-9a-z]{26}$/);
  assert.match(answer.headers.get('x-correlation-id') ?? '', /^cor_[0-9a-z]{26}$/);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
});

test('a valid correlation id is carried on, another is replaced', async (t) => {
  const server = await start(t);
  const given = 'cor_01k9xq3v5w7y9z1b3d5f7h9j1m';
  for (const [id, isKept] of [
    [given, true],
    ['cor_x"; drop table users', false],
  ] as const) {
    const answer = await server.request('/api/v1/open', { headers: { 'x-correlation-id': id } });
    assert.equal(answer.headers.get('x-correlation-id') === id, isKept);
  }
});

test('policies decide: nobody, the wrong role, a worker, a member', async (t) => {
  const server = await start(t);
  const cases: [string, RequestInit, number, string?][] = [
    ['/api/v1/things/1', {}, 401, 'auth.required'],
    ['/api/v1/things/1', { headers: { authorization: 'Bearer worker' } }, 401, 'auth.required'],
    ['/api/v1/things/1', { headers: OWNER }, 200],
    [
      '/api/v1/things',
      post({ ...JSON_OWNER, 'x-test-user': 'org_a/user_a/user' }, '{"name":"a"}'),
      403,
      'auth.forbidden',
    ],
    ['/internal/worker/beat', { method: 'POST' }, 401, 'worker.bad_token'],
    ['/internal/worker/beat', { method: 'POST', headers: OWNER }, 401, 'worker.bad_token'],
    ['/internal/worker/beat', { method: 'POST', headers: { authorization: 'Bearer worker' } }, 200],
    [
      '/api/v1/things/1',
      { headers: { ...OWNER, cookie: 'a=b', authorization: 'Bearer x' } },
      400,
      'auth.ambiguous',
    ],
  ];
  for (const [path, init, status, code] of cases) {
    const answer = await server.request(path, init);
    const body = (await answer.json()) as { code?: string };
    assert.deepEqual([answer.status, body.code], [status, code], `${path} ${JSON.stringify(init)}`);
  }
});

test('a route for anyone does not learn who asks', async (t) => {
  const server = await start(t);
  const answer = await server.request('/api/v1/open', { headers: OWNER });
  assert.deepEqual(await answer.json(), { caller: 'anonymous' });
  assert.equal(answer.headers.get('x-own'), '1');
});

test('fields that are wrong are named, one by one', async (t) => {
  const server = await start(t);
  const answer = await server.request('/api/v1/things', post(JSON_OWNER, '{"name":"","count":99}'));
  assert.equal(answer.status, 422);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const body = (await answer.json()) as { code: string; errors: { path: string }[]; request_id: string };
  assert.equal(body.code, 'request.invalid');
  assert.deepEqual(new Set(body.errors.map((error) => error.path)), new Set(['count', 'name']));
  assert.equal(body.request_id, answer.headers.get('x-request-id'));
  assert.equal((await server.request('/api/v1/things/1?limit=99', { headers: OWNER })).status, 422);
});

test('what goes wrong on our side is told without its text', async (t) => {
  const server = await start(t);
  for (const path of ['/api/v1/broken', '/api/v1/throws']) {
    const answer = await server.request(path, { headers: OWNER });
    const text = await answer.text();
    assert.equal(answer.status, 500);
    assert(text.includes('internal.unexpected') && !text.includes('hunter2') && !text.includes('many'), text);
  }
});

test('an unknown address is 404, a known one with another method 405 and says which', async (t) => {
  const server = await start(t);
  assert.equal((await server.request('/api/v1/nothing', { headers: OWNER })).status, 404);
  for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD']) {
    const answer = await server.request('/api/v1/things', { method, headers: JSON_OWNER });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'], method);
  }
});

test('no body of any form makes an error of ours', async (t) => {
  const server = await start(t);
  const deep = '['.repeat(5_000) + ']'.repeat(5_000);
  const corpus: [string, number][] = [
    ['', 422],
    ['{', 400],
    ['null', 422],
    ['[]', 422],
    ['"text"', 422],
    ['{"name":"a"} trailing', 400],
    ['{"name":"a","name":"b"}', 400],
    ['{"name":"a","\\u006eame":"b"}', 400],
    ['{"name":"a","__proto__":{"count":5}}', 400],
    ['{"name":"a","constructor":{"prototype":{"x":1}}}', 201],
    ['{"name":"a\\u0000b"}', 400],
    ['{"name":"\\ud800"}', 400],
    ['{"name":"a","count":1e999}', 400],
    ['{"name":"a","count":1e300}', 422],
    ['{"name":"a","count":-0.5}', 422],
    [`{"name":${deep}}`, 400],
    [`{"name":"${'x'.repeat(70_000)}"}`, 413],
    ['\u{feff}{"name":"a"}', 201],
    [`{"name":"'\\";--"}`, 201],
  ];
  for (const [body, status] of corpus) {
    const answer = await server.request('/api/v1/things', post(JSON_OWNER, body));
    assert.equal(answer.status, status, `${body.slice(0, 60)}: ${await answer.text()}`);
  }
  const latin1 = await server.request('/api/v1/things', {
    method: 'POST',
    headers: JSON_OWNER,
    body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  });
  assert.equal(latin1.status, 400);
  assert.equal((await server.request('/api/v1/things/a%00b', { headers: OWNER })).status, 400);
  assert.equal((await server.request('/api/v1/things/%ff', { headers: OWNER })).status, 400);
  assert.equal((await server.request('/api/v1/things/1?limit=%00', { headers: OWNER })).status, 400);
});

test('a body that is not declared as JSON is refused, so that no form of another site is read', async (t) => {
  const server = await start(t);
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'x',
  ]) {
    const headers = { ...JSON_OWNER, 'content-type': type };
    const answer = await server.request('/api/v1/things', post(headers, '{"name":"a"}'));
    assert.equal(answer.status, 415, type);
  }
});

test('a request of another site is refused, whatever method it uses', async (t) => {
  const server = await start(t);
  const own = server.url;
  const refused: Record<string, string>[] = [
    { origin: 'http://evil.test' },
    { origin: 'null' },
    { origin: own.replace('http:', 'ftp:') },
    { origin: `${own}.evil.test` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of refused) {
    const answer = await server.request(
      '/api/v1/things',
      post({ ...JSON_OWNER, ...headers }, '{"name":"a"}'),
    );
    assert.equal(
      ((await answer.json()) as { code: string }).code,
      'request.foreign_origin',
      JSON.stringify(headers),
    );
  }
  for (const origin of [own, 'http://inventiv.test']) {
    const answer = await server.request('/api/v1/things', post({ ...JSON_OWNER, origin }, '{"name":"a"}'));
    assert.equal(answer.status, 201, origin);
  }
  const { 'x-inventiv-csrf': _, ...without } = JSON_OWNER;
  const answer = await server.request('/api/v1/things', post(without, '{"name":"a"}'));
  assert.equal(((await answer.json()) as { code: string }).code, 'request.csrf_header_missing');
});

test('only our own names and literal addresses are served', async (t) => {
  const server = await start(t);
  const get = (host: string) =>
    server.raw(`GET /api/v1/open HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const ours = [
    'localhost',
    `127.0.0.1:${server.port}`,
    '[::1]:8003',
    'inventiv.test',
    'INVENTIV.test:443',
    '10.0.0.7',
  ];
  for (const host of ours) assert.match(await get(host), /^HTTP\/1.1 200/, host);
  const foreign = [
    'evil.test',
    'inventiv.test.evil.test',
    'localhost.evil.test',
    '127.0.0.1.nip.io',
    'a/x?y#z',
    'x@localhost',
    '',
  ];
  for (const host of foreign) assert.match(await get(host), /^HTTP\/1.1 (400|403)/, host);
});

test('a request with two meanings is refused', async (t) => {
  const server = await start(t);
  const head = `Host: localhost\r\nx-test-user: org_a/user_a/owner\r\nConnection: close`;
  const requests = [
    `GET /api/v1/open HTTP/1.1\r\n${head}\r\nHost: inventiv.test\r\n\r\n`,
    `GET /api/v1/open HTTP/1.1\r\n${head}\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n`,
    `GET http://localhost/api/v1/open HTTP/1.1\r\n${head}\r\n\r\n`,
    `POST /api/v1/things HTTP/1.0\r\n${head}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST /api/v1/things HTTP/1.1\r\n${head}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `GET /api/v1/open HTTP/1.1\r\n${head}\r\nCookie: a=1\r\nCookie: a=2\r\n\r\n`,
    `GET /api/v1/open\r\n\r\n`,
    `GET /api/v1/open HTTP/1.1\r\n${head}\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
  ];
  for (const request of requests) {
    assert.match(await server.raw(request), /^HTTP\/1.1 4\d\d/, request.slice(0, 90));
  }
});

test('errors under /v1 have the form that SDKs read', async (t) => {
  const server = await start(t);
  const answer = await server.request('/v1/nothing');
  assert.equal(answer.status, 404);
  const body = (await answer.json()) as { error: { code: string; type: string } };
  assert.deepEqual([body.error.code, body.error.type], ['route.not_found', 'not_found_error']);
});
