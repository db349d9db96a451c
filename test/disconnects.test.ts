/** Many clients leave many streams at once, each after another number of events: every count is the engine's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODEL, startServedEngine } from './served-engine.ts';

const STREAMS = 90;
const messages = [{ role: 'user', content: 'Tell me everything about queues, and then about rivers.' }];
const SHAPES = [
  { path: '/v1/chat/completions', body: { messages } },
  { path: '/v1/messages', body: { messages, max_tokens: 600 } },
  {
    path: '/v1/responses',
    body: {
      instructions: 'Be long.',
      input: [
        ...messages,
        { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":"rivers"}' },
        { type: 'function_call_output', call_id: 'c1', output: 'They flow.' },
      ],
      tools: [{ type: 'function', name: 'look', parameters: { type: 'object' } }],
    },
  },
] as const;

test('whatever is broken off whenever, ledger and engine agree on it', async (t) => {
  const own = await startServedEngine(t, true);
  const ids = await Promise.all(
    Array.from({ length: STREAMS }, (_, index) => {
      const { path, body } = SHAPES[index % SHAPES.length] ?? SHAPES[0];
      return leaveAfter(own.gateway, { path, body: { ...body, user: `${index}` }, events: (index * 7) % 31 });
    }),
  );
  const outcomes = new Map<string, number>();
  for (const id of ids) {
    const { ledger, log } = await own.accounts(id);
    const what = `${ledger.endpoint} ${id}: ${JSON.stringify(log)}`;
    assert.equal(ledger.completion_tokens, log.completionTokens, what);
    // Of an engine that wrote nothing yet, nothing is known.
    if (log.completionTokens > 0) assert.equal(ledger.prompt_tokens, log.promptTokens, what);
    outcomes.set(ledger.outcome, (outcomes.get(ledger.outcome) ?? 0) + 1);
  }
  assert.ok((outcomes.get('client_closed') ?? 0) > STREAMS / 2, JSON.stringify([...outcomes]));
  assert.deepEqual(
    [...outcomes.keys()].filter((outcome) => !['client_closed', 'completed'].includes(outcome)),
    [],
  );
});

async function leaveAfter(
  gateway: { readonly url: string; readonly key: string },
  { path, body, events }: { path: string; body: object; events: number },
): Promise<string> {
  const leaving = new AbortController();
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL.hfId, stream: true, ...body }),
    signal: leaving.signal,
  });
  assert.equal(response.status, 200);
  let seen = 0;
  try {
    for await (const part of response.body ?? []) {
      seen += Buffer.from(part).toString('latin1').split('\n\n').length - 1;
      if (seen >= events) leaving.abort();
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  }
  return response.headers.get('x-request-id') ?? '';
}
