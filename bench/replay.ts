/**
 * `make replay [TRACE=file] [N=500] [SPEED=20]`: the first requests of a recorded trace through the gateway and three
 * mock instances, with the official client, arrival times kept at SPEED times their pace. Prints
 * {requests, errors, prompt_tokens, completion_tokens, ledger_matches} as the last line of stdout; the token sums are
 * the ledger's, and they match when they equal the trace's and each request is there once.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { ApiClient } from '../test/api-client.ts';
import { startStack } from '../test/stack.ts';
import { readTrace, type TraceRequest } from './trace.ts';

/** Its context is long enough for both kinds of trace. */
const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const REPLICAS = 3;
const READY_WITHIN_MS = 60_000;
const LEDGER_WITHIN_MS = 30_000;
const BLOCK_TOKENS = 512;
const VOCABULARY = 100_000;
const DEFAULT_TRACE = fileURLToPath(new URL('../../shared/traces/azure_code_2023.csv.gz', import.meta.url));

interface UsageSums {
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

await main();

async function main(): Promise<void> {
  const path = process.env['TRACE'] || DEFAULT_TRACE;
  if (!process.env['TRACE'] && !existsSync(path)) {
    console.log(
      'replay is skipped: there is no trace at ../shared/traces/azure_code_2023.csv.gz; name one by TRACE=',
    );
    return;
  }
  const trace = await readTrace(path, numberFrom('N', 500));
  const speed = numberFrom('SPEED', 20);
  const preset = process.env['MOCK_ENGINE_PRESET'] || 'instant';
  await using stack = await startStack({ env: { MOCK_ENGINE_PRESET: preset } });
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const deployment = await api.deployMock('replay', REPLICAS, MODEL);
  await Promise.all(deployment.instances.map(({ id }) => api.waitForState(id, 'ready', READY_WITHIN_MS)));
  const { secret } = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'replay' });
  const client = new OpenAI({ baseURL: `${stack.gatewayUrl}/v1`, apiKey: secret, maxRetries: 0 });
  await untilServed(client);
  say(`${trace.length} requests at ${speed} times their pace`);
  const outcomes = await replay(client, trace, speed);
  const errors = outcomes.filter((outcome) => outcome !== undefined);
  for (const error of new Set(errors)) say(error);
  const ledger = await settledLedger(api, trace.length);
  const wanted = sumsOf(trace);
  console.log(
    JSON.stringify({
      requests: trace.length,
      errors: errors.length,
      prompt_tokens: ledger.prompt_tokens,
      completion_tokens: ledger.completion_tokens,
      ledger_matches:
        ledger.requests === wanted.requests &&
        ledger.prompt_tokens === wanted.prompt_tokens &&
        ledger.completion_tokens === wanted.completion_tokens,
    }),
  );
}

/** Sends each request at its time; an outcome is what went wrong, if anything. */
function replay(
  client: OpenAI,
  trace: readonly TraceRequest[],
  speed: number,
): Promise<(string | undefined)[]> {
  const startedAt = performance.now();
  return Promise.all(
    trace.map(async (request, index) => {
      const waitMs = startedAt + request.atMs / speed - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      return send(client, request, index);
    }),
  );
}

async function send(client: OpenAI, request: TraceRequest, index: number): Promise<string | undefined> {
  // Half of the clients ask for usage, half do not; both are counted.
  const asksUsage = index % 2 === 0;
  try {
    const body = {
      model: MODEL,
      prompt: promptOf(request, index),
      max_tokens: request.completionTokens,
      stream: true as const,
      ignore_eos: true,
      ...(asksUsage ? { stream_options: { include_usage: true } } : {}),
    };
    let told: number | undefined;
    let isFinished = false;
    for await (const chunk of await client.completions.create(body)) {
      told = chunk.usage?.completion_tokens ?? told;
      isFinished ||= chunk.choices[0]?.finish_reason === 'length';
    }
    if (!isFinished) return 'an answer ended before its length';
    if (asksUsage && told !== request.completionTokens)
      return `told ${told} of ${request.completionTokens} tokens`;
    if (!asksUsage && told !== undefined) return 'usage was told that nobody asked for';
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Token ids of the exact length; the same prefix blocks where the trace says which. */
function promptOf({ promptTokens, blocks }: TraceRequest, index: number): number[] {
  return Array.from({ length: promptTokens }, (_, i) => {
    const block =
      blocks?.[Math.floor(i / BLOCK_TOKENS)] ?? 1_000_003 + index * 1_009 + Math.floor(i / BLOCK_TOKENS);
    return (block * 7_919 + (i % BLOCK_TOKENS) * 31) % VOCABULARY;
  });
}

async function untilServed(client: OpenAI): Promise<void> {
  for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline; ) {
    const models = await client.models.list().catch(() => undefined);
    if (models?.data.some((model) => model.id === MODEL)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the gateway does not serve the model');
}

/** The sums when every request is there, else what is there after a while. */
async function settledLedger(api: ApiClient, requests: number): Promise<UsageSums> {
  const deadline = performance.now() + LEDGER_WITHIN_MS;
  for (;;) {
    const sums = await api.json<UsageSums>('GET', '/api/v1/usage/summary');
    if (sums.requests >= requests || performance.now() > deadline) return sums;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function sumsOf(trace: readonly TraceRequest[]): UsageSums {
  return {
    requests: trace.length,
    prompt_tokens: trace.reduce((sum, request) => sum + request.promptTokens, 0),
    completion_tokens: trace.reduce((sum, request) => sum + request.completionTokens, 0),
  };
}

function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] || fallback);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} must be a positive number`);
  return value;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
