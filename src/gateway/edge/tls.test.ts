import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { connect } from 'node:tls';
import { certificateFor } from '../testing/certificate.ts';
import { answering, FakeAgent } from '../testing/fake-agent.ts';
import { eventually, MODEL, startTestGateway } from '../testing/test-gateway.ts';

const PATIENCE_MS = 30_000;

function filesOf(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'tls-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  const write = (name: string) => {
    const { cert, key } = certificateFor(name);
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key);
  };
  return { files, write };
}

/** The answer's text, and the name in the certificate. */
function ask(port: number, path: string, init: { body?: string; headers?: Record<string, string> } = {}) {
  return new Promise<{ status: number; text: string; name: string }>((resolve, reject) => {
    const method = init.body === undefined ? 'GET' : 'POST';
    const options = { port, host: '127.0.0.1', path, method, rejectUnauthorized: false, agent: false };
    const sent = request({ ...options, headers: init.headers ?? {} }, (response) => {
      const { subject } = (response.socket as ReturnType<typeof connect>).getPeerCertificate();
      let text = '';
      response.on('data', (bytes: Buffer) => {
        text += bytes.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, name: String(subject.CN) }));
    });
    sent.on('error', reject);
    sent.end(init.body);
  });
}

for (const kind of ['fast', 'node'] as const) {
  test(`${kind}: over TLS the gateway serves, and takes a renewed certificate without a restart`, async (t) => {
    const agent = await new FakeAgent(answering(3)).listen();
    t.after(() => agent.close());
    const { files, write } = filesOf(t);
    write('first');
    const own = await startTestGateway(t, [agent], { edge: { kind, tls: files } });
    assert.equal((await ask(own.port, '/healthz')).name, 'first');
    const body = JSON.stringify({ model: MODEL.hfId, messages: [], stream: true });
    const headers = { authorization: `Bearer ${own.key}`, 'content-length': String(body.length) };
    const answer = await ask(own.port, '/v1/chat/completions', { body, headers });
    assert.equal(answer.status, 200);
    assert.match(answer.text, /data: \[DONE\]\n\n$/);
    // A key that does not fit yet leaves the former pair in use.
    writeFileSync(files.keyFile, 'half');
    assert.equal((await ask(own.port, '/healthz')).name, 'first');
    write('second');
    let name = '';
    await eventually(() => {
      ask(own.port, '/healthz').then(
        (one) => {
          name = one.name;
        },
        () => undefined,
      );
      return name === 'second';
    }, PATIENCE_MS);
  });
}

test('who does not speak TLS, or says nothing, gets nothing and harms nobody', async (t) => {
  const { files, write } = filesOf(t);
  write('first');
  const own = await startTestGateway(t, [], { edge: { kind: 'fast', tls: files }, figures: { headMs: 300 } });
  for (const text of ['GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', '']) {
    const socket = connectTcp(own.port, '127.0.0.1');
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
    });
    socket.write(text);
    await once(socket, 'close');
    assert.doesNotMatch(received, /HTTP/);
  }
  assert.equal((await ask(own.port, '/healthz')).status, 200);
});

test('files that are no certificate are refused at the start, with the names of the settings', async (t) => {
  const { files } = filesOf(t);
  await assert.rejects(
    startTestGateway(t, [], { edge: { kind: 'fast', tls: files } }),
    /GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE must name/,
  );
});
