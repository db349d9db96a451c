/** Files and batches through a whole stack, with the official `openai` package and an orchestrator that is killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import type { Batch } from 'openai/resources/batches';
import { ApiClient } from './api-client.ts';
import { killProcess } from './processes.ts';
import { FAST, type Stack, startStack } from './stack.ts';

const LIMIT_MS = 120_000;
const LINES = 200;
const MODEL = 'Qwen/Qwen3-8B';
const ENDPOINT = '/v1/chat/completions';
const NAMES = Array.from({ length: LINES }, (_, index) => `line-${index}`);

test('a batch is answered, orchestrator and gateway killed in the middle of it; another is cancelled', {
  timeout: 400_000,
}, async () => {
  // A few milliseconds for each token, so that there is a middle.
  const env = { ...FAST, MOCK_ENGINE_PRESET: '8b', BATCH_CONCURRENCY: '4' };
  await using stack = await startStack({ env });
  try {
    const api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const deployed = await api.deployMock('batches');
    const [instance] = deployed.instances;
    assert(instance);
    await api.waitForState(instance.id, 'ready', LIMIT_MS);
    const key = await api.json<{ secret: string; id: string }>('POST', '/api/v1/api-keys', {
      name: 'batches',
    });
    const client = new OpenAI({ baseURL: `${stack.gatewayUrl}/v1`, apiKey: key.secret, maxRetries: 2 });
    await untilServed(client);
    const file = await upload(client, 16);
    await endsThoughKilled(stack, client, file);
    // Each line would take half a minute.
    const long = await upload(client, 4_000);
    await cancelled(client, long);
    await tidiesUp(client, [file, long]);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

/** The gateway hears of a ready instance a moment later, and is away while another begins. */
async function untilServed(client: OpenAI): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; ; ) {
    const models = await client.models.list().catch(() => undefined);
    if ((models?.data.length ?? 0) > 0) return;
    assert(performance.now() < end, 'no model is served');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function upload(client: OpenAI, maxTokens: number): Promise<string> {
  const lines = NAMES.map((name) =>
    JSON.stringify({
      custom_id: name,
      method: 'POST',
      url: ENDPOINT,
      body: { model: MODEL, max_tokens: maxTokens, messages: [{ role: 'user', content: name }] },
    }),
  );
  const content = await toFile(Buffer.from(lines.join('\n')), 'requests "1".jsonl');
  const file = await client.files.create({ file: content, purpose: 'batch' });
  assert.deepEqual(
    [file.object, file.purpose, file.filename, file.bytes],
    ['file', 'batch', 'requests "1".jsonl', lines.join('\n').length],
  );
  assert.deepEqual(await client.files.retrieve(file.id), file);
  assert.equal(await (await client.files.content(file.id)).text(), lines.join('\n'));
  return file.id;
}

async function endsThoughKilled(stack: Stack, client: OpenAI, fileId: string): Promise<void> {
  const order = { input_file_id: fileId, endpoint: ENDPOINT, completion_window: '24h' } as const;
  const { id } = await client.batches.create({ ...order, metadata: { job: 'nightly' } });
  await until(client, id, ({ request_counts: counts }) => (counts?.completed ?? 0) >= 20);
  await killProcess(stack, 'orchestrator', LIMIT_MS);
  await killProcess(stack, 'gateway', LIMIT_MS);
  await untilServed(client);
  const done = await until(client, id, ({ status: now }) => now === 'completed' || now === 'failed');
  assert.deepEqual(
    [done.status, done.request_counts, done.error_file_id ?? null, done.metadata],
    ['completed', { total: LINES, completed: LINES, failed: 0 }, null, { job: 'nightly' }],
  );
  const text = await (await client.files.content(done.output_file_id ?? '')).text();
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as OutputLine);
  assert.deepEqual(
    lines.map(({ custom_id: name }) => name),
    NAMES,
  );
  for (const { response } of lines) {
    assert.equal(response.status_code, 200);
    assert.equal(response.body.object, 'chat.completion');
  }
  assert.equal(new Set(lines.map(({ response }) => response.request_id)).size, LINES);
}

interface OutputLine {
  readonly custom_id: string;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: { readonly object: string };
  };
}

async function cancelled(client: OpenAI, fileId: string): Promise<void> {
  const { id } = await client.batches.create({
    input_file_id: fileId,
    endpoint: ENDPOINT,
    completion_window: '24h',
  });
  await until(client, id, ({ status }) => status === 'in_progress');
  await assert.rejects(client.files.delete(fileId), OpenAI.ConflictError);
  assert.equal((await client.batches.cancel(id)).status, 'cancelling');
  const done = await until(client, id, ({ status }) => status === 'cancelled');
  const { total = 0, completed = 0, failed = 0 } = done.request_counts ?? {};
  assert.deepEqual([total, completed + failed], [LINES, LINES]);
  assert.ok(failed > 0);
  const listed: string[] = [];
  for await (const batch of client.batches.list({ limit: 1 })) listed.push(batch.id);
  assert.deepEqual([listed.length, listed[0]], [2, id], 'page by page, the newest first');
}

async function tidiesUp(client: OpenAI, files: readonly string[]): Promise<void> {
  for (const id of files) {
    assert.deepEqual(await client.files.delete(id), { id, object: 'file', deleted: true });
    await assert.rejects(client.files.retrieve(id), OpenAI.NotFoundError);
  }
  const listed: string[] = [];
  for await (const file of client.files.list({ limit: 1 })) listed.push(file.purpose);
  assert.ok(listed.length >= 2 && listed.every((purpose) => purpose === 'batch_output'), `${listed}`);
}

async function until(client: OpenAI, id: string, isSo: (batch: Batch) => boolean): Promise<Batch> {
  for (const end = performance.now() + LIMIT_MS; ; ) {
    const batch = await client.batches.retrieve(id).catch((error: unknown) => {
      // While one gateway is gone and the next begins.
      if (error instanceof OpenAI.APIConnectionError) return undefined;
      throw error;
    });
    if (batch && isSo(batch)) return batch;
    assert(performance.now() < end, JSON.stringify(batch));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
