import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { RequestTally } from '#contracts/worker.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { agentClient } from './agent-client.ts';

const TALLY: RequestTally = {
  request_id: 'req_1',
  state: 'aborted',
  prompt_tokens: 15,
  completion_tokens: 1,
  cached_tokens: 0,
};

test('a request that is still on its way into the agent is asked for again', async (t) => {
  const { client, target, asked } = await startAgent(t, (count) => (count < 3 ? undefined : TALLY));
  const answer = await client.readTally(target, 'req_1', { totalMs: 3_000, absentMs: 3_000 });
  assert.deepEqual(answer, { kind: 'settled', tally: TALLY });
  assert.equal(asked(), 3);
});

test('without that patience "no such request" is believed at once', async (t) => {
  const { client, target, asked } = await startAgent(t, () => undefined);
  assert.deepEqual(await client.readTally(target, 'req_1', { totalMs: 3_000 }), { kind: 'absent' });
  assert.equal(asked(), 1);
});

test('the count of another request is not taken for this one', async (t) => {
  const { client, target } = await startAgent(t, () => ({ ...TALLY, request_id: 'req_2' }));
  assert.deepEqual(await client.readTally(target, 'req_1', { totalMs: 100 }), { kind: 'absent' });
});

/** An agent that answers each question for a count by `reply`, told how many came before and with it. */
async function startAgent(t: TestContext, reply: (count: number) => RequestTally | undefined) {
  let count = 0;
  const server = createServer((_request, response) => {
    const tally = reply(++count);
    response.writeHead(tally ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(tally ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = agentClient(systemEnv(SILENT_LOG));
  t.after(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client, target: { origin, token: new Secret('token') }, asked: () => count };
}
