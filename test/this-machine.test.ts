/**
 * A model that is a GGUF file is served by the machine that all of this runs on: made here, deployed, asked through the
 * gateway, whole and streamed, and counted to the token as the engine counts.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import type { DeploymentView, ModelView, Offer } from '#contracts/management.ts';
import { findLlamaPackage } from '#worker/llama/llama-package.ts';
import { writeTinyModel } from '#worker/testing/tiny-model.ts';
import { ApiClient } from './api-client.ts';
import { type Stack, startStack } from './stack.ts';

const LIMIT_MS = 120_000;
const MODEL = 'local/tiny';
const skip = findLlamaPackage(undefined, [import.meta.dirname]) ? false : 'node-llama-cpp is not installed';

let stack: Stack;
let api: ApiClient;
const folder = mkdtempSync(join(tmpdir(), 'inventiv-gguf-'));

before(async () => {
  if (skip) return;
  stack = await startStack();
  api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
});

after(async () => {
  await stack?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('a GGUF file answers on this machine with real tokens, counted exactly', {
  skip,
  timeout: 300_000,
}, async () => {
  try {
    const file = join(folder, 'tiny.gguf');
    const bytes = writeTinyModel(file, { contextLength: 2_048 });
    const facts = { hf_id: MODEL, weights_bytes: bytes, context_length: 2_048, kv_bytes_per_token: 512 };
    const refused = await api.send('POST', '/api/v1/models', { ...facts, gguf: { source: file } });
    assert.equal(refused.status, 422, 'an organisation names no files of machines');
    const model = await api.json<ModelView>('POST', '/api/v1/catalogue/models', {
      ...facts,
      gguf: { source: file },
      engine_args: ['--threads', '1'],
    });
    assert.deepEqual(model.gguf, { source: file, sha256: null });
    const offers = await offersOf(model.id);
    const fitting = offers.filter(({ fit }) => fit?.fits);
    assert.deepEqual([...new Set(fitting.map((offer) => offer.instance_type))], ['THIS-MACHINE']);
    const [offer] = fitting;
    assert(offer);
    const wanted = { provider: 'mock', zone: offer.zone, instance_type: offer.instance_type, replicas: 1 };
    const unfit = await api.send('POST', '/api/v1/deployments', {
      ...{ name: 'needs-a-gpu', model_id: 'Qwen/Qwen3-8B', ...wanted },
    });
    assert.equal(unfit.status, 422);
    assert.match(await unfit.text(), /has no GPU/);
    const deployment = await api.json<DeploymentView>('POST', '/api/v1/deployments', {
      ...{ name: 'tiny', model_id: model.id, ...wanted },
    });
    const [instance] = (await api.instances()).filter((one) => one.deployment_id === deployment.id);
    assert(instance);
    await api.waitForState(instance.id, 'ready', LIMIT_MS);
    await chat();
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

async function offersOf(modelId: string): Promise<Offer[]> {
  for (const until = performance.now() + LIMIT_MS; ; await wait()) {
    const path = `/api/v1/catalogue/offers?provider=mock&model_id=${modelId}`;
    const { data } = await api.json<{ data: Offer[] }>('GET', path);
    if (data.some((offer) => offer.instance_type === 'THIS-MACHINE')) return data;
    assert(performance.now() < until, 'this machine is not on offer');
  }
}

/** What the client is told is what the ledger has; the engine's own count is in the usage. */
async function chat(): Promise<void> {
  const { secret } = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'tiny' });
  const client = new OpenAI({ apiKey: secret, baseURL: `${stack.gatewayUrl}/v1`, maxRetries: 0 });
  const ask = {
    model: MODEL,
    messages: [{ role: 'user' as const, content: 'Hello' }],
    max_tokens: 16,
    seed: 7,
  };
  const whole = await untilServed(() => client.chat.completions.create({ ...ask, temperature: 0 }));
  const text = whole.choices[0]?.message.content ?? '';
  assert.ok(text.length > 0);
  const events = await client.chat.completions.create({
    ...ask,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  let [streamed, usage]: [string, OpenAI.CompletionUsage | undefined] = ['', undefined];
  for await (const event of events) {
    streamed += event.choices[0]?.delta.content ?? '';
    usage = event.usage ?? usage;
  }
  assert.equal(streamed, text, 'the same question has the same answer, whole and streamed');
  assert.deepEqual(
    [usage?.prompt_tokens, usage?.completion_tokens],
    [whole.usage?.prompt_tokens, whole.usage?.completion_tokens],
  );
  // The beginning mark, the letters of `user: Hello`, a line's end and `assistant: `, each letter a token.
  assert.equal(usage?.prompt_tokens, 24);
  const expected = { completion_tokens: 2 * (usage?.completion_tokens ?? 0), prompt_tokens: 48 };
  for (const until = performance.now() + LIMIT_MS; ; await wait()) {
    const sums = await api.json<Record<string, number>>('GET', '/api/v1/usage/summary');
    const counted = { completion_tokens: sums['completion_tokens'], prompt_tokens: sums['prompt_tokens'] };
    if (JSON.stringify(counted) === JSON.stringify(expected)) return;
    assert(
      performance.now() < until,
      `the ledger has ${JSON.stringify(counted)}, not ${JSON.stringify(expected)}`,
    );
  }
}

/** A gateway learns of a new worker a moment after it is ready. */
async function untilServed<T>(ask: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + LIMIT_MS; ; await wait()) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OpenAI.APIError) || performance.now() > until) throw error;
      if (error.status !== 404 && error.status !== 503) throw error;
    }
  }
}

function wait(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
