/** What sends the lines of batches, against the gateway that takes them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gatewaySender } from '#batches/send-line.ts';
import type { RequestId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { certificateFor } from '../testing/certificate.ts';
import { answering, FakeAgent, type Script } from '../testing/fake-agent.ts';
import { eventually, MODEL, ORG, startTestGateway, WEB_BEARER_KEY } from '../testing/test-gateway.ts';

const env = systemEnv(SILENT_LOG);

async function agentOf(t: TestContext, script: Script): Promise<FakeAgent> {
  const agent = await new FakeAgent(script).listen();
  t.after(() => agent.close());
  return agent;
}

function senderTo(t: TestContext, gatewayUrl: string, resultBytesMax = 1_000_000) {
  const figures = { waitMs: 20_000, silenceMs: 20_000, resultBytesMax };
  const sender = gatewaySender(env, { gatewayUrl, bearerKey: WEB_BEARER_KEY, figures });
  t.after(() => sender.close());
  return (id: number, signal = new AbortController().signal, model = MODEL.hfId) =>
    sender.send({
      orgId: ORG,
      apiKeyId: 'key_a',
      requestId: `req_${String(id).padStart(26, '0')}` as RequestId,
      endpoint: '/v1/chat/completions',
      body: Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] })),
      signal,
    });
}

test('an answer comes whole, a refusal with its delay, and what is too large not at all', async (t) => {
  const agent = await agentOf(t, answering(3));
  const gateway = await startTestGateway(t, [agent], { key: { limits: limited(2) } });
  const send = senderTo(t, gateway.url);
  const answer = await send(1);
  assert.deepEqual([answer.status, answer.mayRetry], [200, true]);
  assert.equal(JSON.parse(answer.body?.toString() ?? '').usage.completion_tokens, 3);
  assert.equal((await senderTo(t, gateway.url, 20)(2)).body, undefined);
  const refused = await send(3);
  assert.equal(refused.status, 429, 'the limits of the key hold');
  assert.ok(refused.mayRetry && (refused.retryAfterMs ?? 0) > 0, JSON.stringify(refused));
  const unknown = await send(4, undefined, 'no/such');
  assert.deepEqual([unknown.status, unknown.mayRetry], [404, false]);
});

const limited = (requestsPerMinute: number) => ({
  requestsPerMinute,
  tokensPerMinute: null,
  concurrentRequests: null,
});

test('a line that is given up is given up at the worker too', async (t) => {
  const agent = await agentOf(t, () => undefined);
  const gateway = await startTestGateway(t, [agent]);
  const cancelling = new AbortController();
  const line = senderTo(t, gateway.url)(1, cancelling.signal);
  await eventually(() => agent.received.length > 0);
  cancelling.abort();
  await assert.rejects(line);
  await eventually(() => agent.received[0]?.cancelledAt);
});

test('over TLS, with a certificate that is made for another name', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'line-tls-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  const { cert, key } = certificateFor('gateway.example');
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key);
  const agent = await agentOf(t, answering(1));
  const gateway = await startTestGateway(t, [agent], { edge: { kind: 'fast', tls: files } });
  const answer = await senderTo(t, gateway.url.replace('http:', 'https:'))(1);
  assert.equal(answer.status, 200);
});
