import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Secret } from '#kernel/secret.ts';
import { createGatewayProxy } from './gateway-proxy.ts';
import { JSON_OWNER, OWNER, startTestServer } from './testing.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function start(t: Parameters<typeof startTestServer>[0], handler: Handler) {
  const gateway = createServer(handler);
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  t.after(() => {
    gateway.closeAllConnections();
    gateway.close();
  });
  const gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const server = await startTestServer(t, {
    mounts: ({ authenticator }) => {
      const proxy = createGatewayProxy({
        gatewayUrl,
        authenticator,
        bodyBytesMax: () => 10_000_000,
        bearerFor: (caller) => new Secret(`web-of-${caller.userId}`),
      });
      t.after(() => proxy.close());
      return [proxy.mount];
    },
  });
  return { server, gateway };
}

const echo: Handler = (incoming, response) => {
  response.setHeader('x-request-id', 'req_of_gateway');
  response.setHeader('set-cookie', 'a=b');
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
};
const headersSeen = async (answer: Response) =>
  ((await answer.json()) as { headers: Record<string, string> }).headers;

test('a session becomes a short bearer; the cookie, forged headers and our own stay here', async (t) => {
  const { server } = await start(t, echo);
  const answer = await server.request('/v1/models?x=1', {
    headers: {
      ...OWNER,
      cookie: 'inv_session=secret',
      'x-forwarded-for': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'x-inventiv-csrf': '1',
    },
  });
  assert.equal(answer.headers.get('x-request-id'), 'req_of_gateway');
  assert.equal(answer.headers.get('set-cookie'), null);
  const seen = await headersSeen(answer);
  assert.equal(seen['authorization'], 'Bearer web-of-user_a');
  for (const name of ['cookie', 'x-forwarded-for', 'forwarded', 'x-inventiv-csrf'])
    assert(!(name in seen), name);
});

test('a credential of the caller is passed on as it is, and no session is added', async (t) => {
  const { server } = await start(t, echo);
  const headers = { ...OWNER, authorization: 'Bearer inv_key_x', cookie: 'inv_session=secret' };
  const seen = await headersSeen(await server.request('/v1/models', { headers }));
  assert.equal(seen['authorization'], 'Bearer inv_key_x');
  assert(!('cookie' in seen));
  const byKey = await headersSeen(
    await server.request('/v1/models', { headers: { ...OWNER, 'x-api-key': 'k' } }),
  );
  assert.deepEqual([byKey['x-api-key'], byKey['authorization']], ['k', undefined]);
});

test('nobody, and a page of another site, are refused before the gateway hears of it', async (t) => {
  let calls = 0;
  const { server } = await start(t, (incoming, response) => {
    calls += 1;
    echo(incoming, response);
  });
  const code = async (init: RequestInit) => {
    const answer = await server.request('/v1/chat/completions', { method: 'POST', body: '{}', ...init });
    return ((await answer.json()) as { error: { code: string } }).error.code;
  };
  const { 'x-inventiv-csrf': _, ...withoutCsrf } = JSON_OWNER;
  assert.equal(await code({}), 'auth.required');
  assert.equal(await code({ headers: withoutCsrf }), 'request.csrf_header_missing');
  assert.equal(
    await code({ headers: { ...JSON_OWNER, origin: 'http://evil.test' } }),
    'request.foreign_origin',
  );
  assert.equal(calls, 0);
});

test('a body goes through byte for byte, whatever its type', async (t) => {
  const { server } = await start(t, (incoming, response) => {
    response.setHeader('content-type', incoming.headers['content-type'] ?? '');
    incoming.pipe(response);
  });
  const body = Buffer.alloc(3_000_000, 'äö');
  const headers = { ...JSON_OWNER, 'content-type': 'audio/wav' };
  const answer = await server.request('/v1/audio/transcriptions', { method: 'POST', headers, body });
  assert.equal(Buffer.compare(Buffer.from(await answer.arrayBuffer()), body), 0);
});

test('what is streamed arrives as it comes', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { server } = await start(t, (_incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
    void gate.promise.then(() => response.end('data: [DONE]\n\n'));
  });
  const answer = await server.request('/v1/chat/completions', {
    method: 'POST',
    headers: JSON_OWNER,
    body: '{}',
  });
  const reader = answer.body?.getReader();
  const first = await reader?.read();
  assert.equal(Buffer.from(first?.value ?? []).toString(), 'data: first\n\n');
  gate.resolve();
  const second = await reader?.read();
  assert.equal(Buffer.from(second?.value ?? []).toString(), 'data: [DONE]\n\n');
});

test('a browser that leaves ends the call to the gateway', async (t) => {
  const left = Promise.withResolvers<void>();
  const { server } = await start(t, (_incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
    response.on('close', () => left.resolve());
  });
  const call = request(`${server.url}/v1/chat/completions`, { method: 'POST', headers: JSON_OWNER });
  call.on('error', () => undefined);
  call.end('{}');
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  await once(answer, 'data');
  answer.destroy();
  await left.promise;
});

test('a gateway that is away or breaks off is told in the form of /v1', async (t) => {
  const { server, gateway } = await start(t, (_incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n', () => response.destroy());
  });
  const broken = await server.request('/v1/chat/completions', {
    method: 'POST',
    headers: JSON_OWNER,
    body: '{}',
  });
  await assert.rejects(broken.text());
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
  const away = await server.request('/v1/models', { headers: OWNER });
  assert.equal(away.status, 503);
  assert.equal(((await away.json()) as { error: { code: string } }).error.code, 'upstream.failed');
});
