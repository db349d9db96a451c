import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { answering, FakeAgent } from './testing/fake-agent.ts';
import { MODEL, startTestGateway } from './testing/test-gateway.ts';

const BODY = JSON.stringify({ model: MODEL.hfId, messages: [{ role: 'user', content: 'hi' }] });

/** Sends bytes as they are and returns all that comes back until the other side closes. */
async function exchange(port: number, text: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (part: Buffer) => {
    answer += part.toString('latin1');
    // A kept connection stays open; the answer is whole when its body is.
    if (/\r\n\r\n.*\}$/s.test(answer)) socket.end();
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

function post(headers: readonly string[], body = BODY, start = 'POST /v1/chat/completions HTTP/1.1'): string {
  return [start, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

test('what two parsers could read differently is refused, and no worker sees it', async (t) => {
  const agent = await new FakeAgent(answering(1)).listen();
  t.after(() => agent.close());
  const { port, key } = await startTestGateway(t, [agent]);
  const host = 'Host: 127.0.0.1';
  const auth = `Authorization: Bearer ${key}`;
  const ambiguous: Record<string, string> = {
    'two hosts': post([host, 'Host: other', auth]),
    'a host that is none': post(['Host: a/x?y#z', auth]),
    'an absolute address': post([host, auth], BODY, `POST http://other/v1/chat/completions HTTP/1.1`),
    'a path that begins with two slashes': post([host, auth], BODY, 'POST //v1/chat%2fcompletions HTTP/1.1'),
    'an underscore in a header': post([host, auth, 'X_Api_Key: a']),
    'two authorizations': post([host, auth, 'Authorization: Bearer other']),
    'two api keys': post([host, `x-api-key: ${key}`, 'x-api-key: b']),
    'both kinds of credential': post([host, auth, `x-api-key: ${key}`]),
    'an upgrade': post([
      host,
      auth,
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAA',
    ]),
    'a body on GET': post([host, auth], '{}', 'GET /v1/models HTTP/1.1'),
    'chunks in HTTP/1.0': [
      'POST /v1/chat/completions HTTP/1.0',
      host,
      auth,
      'Transfer-Encoding: chunked',
      '',
      `${BODY.length.toString(16)}`,
      BODY,
      '0',
      '',
      '',
    ].join('\r\n'),
    'a length and chunks': [
      'POST /v1/chat/completions HTTP/1.1',
      host,
      auth,
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
      '',
      '0',
      '',
      '',
    ].join('\r\n'),
    'another transfer encoding': [
      'POST /v1/chat/completions HTTP/1.1',
      host,
      auth,
      'Transfer-Encoding: gzip, chunked',
      '',
      '0',
      '',
      '',
    ].join('\r\n'),
    'two lengths': [
      'POST /v1/chat/completions HTTP/1.1',
      host,
      auth,
      'Content-Length: 5',
      'Content-Length: 6',
      '',
      BODY,
    ].join('\r\n'),
    'a folded header': post([host, auth, 'X-A: b\r\n c']),
    'a compressed body': post([host, auth, 'Content-Encoding: gzip']),
    'a fragment': post([host, auth], BODY, 'POST /v1/chat/completions#a HTTP/1.1'),
    'too many headers': post([host, auth, ...Array.from({ length: 120 }, (_, i) => `X-H${i}: a`)]),
    'no HTTP at all': 'hello\r\n\r\n',
  };
  for (const [name, text] of Object.entries(ambiguous)) {
    const answer = await exchange(port, text);
    assert.match(answer, /^HTTP\/1\.1 400 /, `${name}: ${answer.slice(0, 200)}`);
    assert.match(
      answer,
      /\{"error":\{"message":"[^"]+","type":"invalid_request_error","param":null,"code":"[a-z_.]+"\}\}$/,
      name,
    );
  }
  assert.equal(agent.received.length, 0);
  assert.match(await exchange(port, post([host, auth])), /^HTTP\/1\.1 200 /);
  assert.match(await exchange(port, post([host, `x-api-key: ${key}`])), /^HTTP\/1\.1 200 /);
  assert.equal(agent.received.length, 2);
});

test('wrong routes, methods and bodies are refused in the shape that clients read', async (t) => {
  const agent = await new FakeAgent(answering(1)).listen();
  t.after(() => agent.close());
  const { port, key } = await startTestGateway(t, [agent], { limits: { bodyBytesMax: 2_000 } });
  const host = ['Host: x', `Authorization: Bearer ${key}`];
  const cases: [number, string][] = [
    [404, post(host, BODY, 'POST /v1/chat/completions/ HTTP/1.1')],
    [404, post(host, BODY, 'POST /invocations HTTP/1.1')],
    [404, ['GET /internal/usage/req_1 HTTP/1.1', ...host, '', ''].join('\r\n')],
    [405, ['GET /v1/chat/completions HTTP/1.1', ...host, '', ''].join('\r\n')],
    [405, ['OPTIONS /v1/models HTTP/1.1', ...host, '', ''].join('\r\n')],
    [401, post(['Host: x'])],
    [401, post(['Host: x', 'Authorization: Basic YTpi'])],
    [413, post(host, `{"a":"${'x'.repeat(2_000)}"}`)],
    [
      413,
      [
        'POST /v1/completions HTTP/1.1',
        ...host,
        'Transfer-Encoding: chunked',
        '',
        '900',
        `${'x'.repeat(0x900)}`,
        '0',
        '',
        '',
      ].join('\r\n'),
    ],
    [400, post(host, '{"model":')],
    [400, post(host, '{}')],
    [400, post(host, JSON.stringify({ model: 'a', stream: 1 }))],
    [404, post(host, JSON.stringify({ model: 'a\r\nx-evil: 1' }))],
    [431, ['GET /v1/models HTTP/1.1', ...host, `X-Long: ${'x'.repeat(20_000)}`, '', ''].join('\r\n')],
  ];
  for (const [status, text] of cases) {
    const answer = await exchange(port, text);
    assert.ok(
      answer.startsWith(`HTTP/1.1 ${status} `),
      `${status}: ${text.slice(0, 80)} -> ${answer.slice(0, 200)}`,
    );
    assert.match(answer, /\{"error":\{"message":/);
    assert.match(answer, /^x-request-id: req_[0-9a-z]{26}\r$/m);
    assert.ok(!/^x-evil/im.test(answer.split('\r\n\r\n')[0] ?? ''));
  }
  assert.equal(agent.received.length, 0);
});

test('nothing of the client reaches the worker but the body', async (t) => {
  const agent = await new FakeAgent(answering(1)).listen();
  t.after(() => agent.close());
  const { port, key } = await startTestGateway(t, [agent]);
  const forged = [
    'X-Inventiv-Org: other',
    'X-Forwarded-For: 1.2.3.4',
    'Cookie: a=b',
    'X-Request-Id: mine',
    'TE: trailers',
  ];
  const answer = await exchange(port, post(['Host: x', `Authorization: Bearer ${key}`, ...forged]));
  assert.match(answer, /^HTTP\/1\.1 200 /);
  const [received] = agent.received;
  assert.deepEqual(
    new Set(Object.keys(received?.headers ?? {})),
    new Set(['authorization', 'connection', 'content-length', 'content-type', 'host', 'x-request-id']),
  );
  assert.notEqual(received?.id, 'mine');
  assert.ok(!String(received?.headers['authorization']).includes(key));
  assert.equal(received?.text, BODY);
});
