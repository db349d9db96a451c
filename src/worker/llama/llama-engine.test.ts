/** The engine for GGUF files as the agent runs it: its own process, on a real model that is made here. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { EngineClient } from '../engine-client.ts';
import type { EngineEvent, EngineOrder, EngineRun } from '../engines/engine.ts';
import { llamaEngine } from '../engines/llama-engine.ts';
import { ModelCache } from '../models/model-cache.ts';
import { parseEngineMetrics } from '../probes/engine-metrics.ts';
import { writeTinyModel } from '../testing/tiny-model.ts';
import { UnaryForms } from '../unary/unary-forms.ts';
import { parseLlamaArgs } from './llama-args.ts';
import { findLlamaPackage } from './llama-package.ts';

const WORKER = path.resolve(import.meta.dirname, '../../../bin/worker.ts');
const PACKAGE = findLlamaPackage(undefined, [import.meta.dirname]);
const skip = PACKAGE ? false : 'node-llama-cpp is not installed';
const PORT = 41_000 + (process.pid % 5_000);
const BASE = `http://127.0.0.1:${PORT}`;
const PATIENCE_MS = 90_000;
const CONTEXT = 512;

const env = systemEnv(SILENT_LOG);
const dir = mkdtempSync(path.join(tmpdir(), 'llama-'));
const file = path.join(dir, 'tiny.gguf');
const bytes = writeTinyModel(file, { contextLength: 2_048 });

after(() => rmSync(dir, { recursive: true, force: true }));

function orderOf(source: string, port: number, more: Partial<EngineOrder> = {}): EngineOrder {
  return {
    model: {
      hf_id: 'local/tiny',
      served_name: 'tiny',
      weights_bytes: bytes,
      context_length: CONTEXT,
      gguf: { source, sha256: null },
    },
    args: ['--max-num-seqs', '2', '--threads', '1'],
    host: '127.0.0.1',
    port,
    ...more,
  };
}

function start(
  order: EngineOrder,
  variables: Record<string, string> = {},
): { run: EngineRun; events: EngineEvent[] } {
  const events: EngineEvent[] = [];
  const launcher = {
    command: [process.execPath, WORKER, 'llama-engine'],
    env: { PATH: process.env['PATH'] ?? '', ...variables },
  };
  const engine = llamaEngine(env, new ModelCache(env, { dir }), launcher);
  return { run: engine.start(order, (event) => events.push(event)), events };
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const limit = performance.now() + PATIENCE_MS; !(await isTrue()); ) {
    assert(performance.now() < limit, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function post(route: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const init = { method: 'POST', body: JSON.stringify(body) };
  return fetch(BASE + route, signal ? { ...init, signal } : init);
}

interface Answer {
  readonly choices: readonly {
    readonly text?: string;
    readonly message?: { readonly content: string };
    readonly delta?: { readonly content?: string };
    readonly finish_reason: string | null;
    readonly stop_reason?: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
  readonly error?: { readonly message: string };
}

describe('the engine for GGUF files', { skip, timeout: 300_000 }, () => {
  let run: EngineRun;
  let events: EngineEvent[];

  before(async () => {
    ({ run, events } = start(orderOf(file, PORT)));
    await until(async () => (await fetch(`${BASE}/health`).catch(() => undefined))?.status === 200, 'health');
  });

  after(async () => {
    await run.stop(5_000);
  });

  const metrics = async () => parseEngineMetrics(await (await fetch(`${BASE}/metrics`)).text());
  const answer = async (route: string, body: unknown): Promise<Answer> =>
    (await (await post(route, body)).json()) as Answer;

  it('tells its start with bytes', () => {
    assert.deepEqual(events[0], { kind: 'pulling', bytes, total: bytes });
    assert.ok(
      events.some((event) => event.kind === 'loading' && event.bytes === bytes && event.total === bytes),
    );
    assert.equal(events.at(-1)?.kind, 'ready');
  });

  it('counts every token once: in the answer, in its events and in its metrics', async () => {
    const before = await metrics();
    const body = {
      model: 'tiny',
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 9,
      temperature: 0,
    };
    const whole = await answer('/v1/chat/completions', body);
    assert.deepEqual([whole.usage?.prompt_tokens, whole.usage?.completion_tokens], [24, 9]);
    assert.equal(whole.choices[0]?.finish_reason, 'length');
    const options = { include_usage: true, continuous_usage_stats: true };
    const response = await post('/v1/chat/completions', { ...body, stream: true, stream_options: options });
    const lines = (await response.text()).split('\n\n').filter(Boolean);
    assert.equal(lines.at(-1), 'data: [DONE]');
    const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.slice(5)) as Answer);
    assert.deepEqual(
      chunks.map(({ usage }) => usage?.completion_tokens),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9],
    );
    const text = chunks.map(({ choices }) => choices[0]?.delta?.content ?? '').join('');
    assert.equal(text, whole.choices[0]?.message?.content);
    const after = await metrics();
    assert.equal((after.generationTokens ?? 0) - (before.generationTokens ?? 0), 18);
    assert.equal(after.kvCacheTokens, 2 * CONTEXT);
    const { count } = (await (await post('/tokenize', body)).json()) as { count: number };
    assert.equal(count, 24);
  });

  it('ends at a stop text, at the limit, or at the end of its room', async () => {
    const ask = { model: 'tiny', prompt: 'Hello', temperature: 0, seed: 1 };
    const free = await answer('/v1/completions', { ...ask, max_tokens: 20 });
    const stop = (free.choices[0]?.text ?? '').slice(4, 6);
    const stopped = await answer('/v1/completions', { ...ask, max_tokens: 20, stop });
    assert.equal(stopped.choices[0]?.stop_reason, stop);
    assert.ok(!(stopped.choices[0]?.text ?? '').includes(stop));
    assert.ok((free.choices[0]?.text ?? '').startsWith(`${stopped.choices[0]?.text}${stop}`));
    const full = await answer('/v1/completions', { ...ask, max_tokens: CONTEXT - 6, ignore_eos: true });
    assert.deepEqual(full.usage && [full.usage.prompt_tokens, full.usage.completion_tokens], [
      6,
      CONTEXT - 6,
    ]);
    const beyond = await post('/v1/completions', { ...ask, max_tokens: CONTEXT });
    assert.equal(beyond.status, 400);
    assert.match(((await beyond.json()) as Answer).error?.message ?? '', /maximum context length is 512/);
  });

  it('stops computing when its client leaves, and serves whoever waits', async () => {
    const long = { model: 'tiny', prompt: 'Hello', max_tokens: CONTEXT - 6, ignore_eos: true, stream: true };
    const leaving = new AbortController();
    const readers = await Promise.all(
      [1, 2].map(async () => {
        const response = await post('/v1/completions', long, leaving.signal);
        const reader = response.body?.getReader();
        await reader?.read();
        return reader;
      }),
    );
    const waiting = answer('/v1/completions', { model: 'tiny', prompt: 'Hi', max_tokens: 2 });
    leaving.abort();
    assert.equal((await waiting).usage?.completion_tokens, 2);
    await until(async () => (await metrics()).requestsRunning === 0, 'nothing runs');
    assert.equal((await metrics()).kvCacheRatio, 0);
    await Promise.all(readers.map((reader) => reader?.cancel().catch(() => undefined)));
  });

  it('says what it cannot do instead of leaving it out', async () => {
    const wrong: readonly (readonly [string, object, number])[] = [
      ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }], tools: [{}] }, 400],
      ['/v1/chat/completions', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 400],
      ['/v1/chat/completions', { messages: [] }, 400],
      ['/v1/chat/completions', { messages: [{ role: 'tool', content: 'x' }] }, 400],
      ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }], temperature: -1 }, 400],
      ['/v1/completions', { prompt: ['a', 'b'] }, 400],
      ['/v1/completions', { prompt: 'a', n: 2 }, 400],
      ['/v1/completions', { prompt: 'a', max_tokens: 0 }, 400],
      ['/v1/completions', { prompt: 'a', model: 'other' }, 404],
      ['/v1/embeddings', { input: 'a' }, 404],
    ];
    for (const [route, body, status] of wrong) {
      const response = await post(route, body);
      const text = await response.text();
      assert.equal(response.status, status, `${JSON.stringify(body)}: ${text}`);
      assert.ok((JSON.parse(text) as Answer).error?.message);
    }
    assert.equal((await fetch(`${BASE}/v1/completions`, { method: 'POST', body: '{' })).status, 400);
  });

  it('answers whole and streamed alike, so that the agent may fold its answers', async () => {
    const forms = new UnaryForms();
    await forms.learn(env, new EngineClient({ host: '127.0.0.1', port: PORT }), 'tiny');
    assert.ok(forms.mayFold('/v1/chat/completions'));
    assert.ok(forms.mayFold('/v1/completions'));
  });
});

describe('a start that cannot be', { timeout: 300_000 }, () => {
  const faultOf = async (order: EngineOrder, variables: Record<string, string> = {}) => {
    const { run, events } = start(order, variables);
    await run.exited;
    const fault = events.find((event) => event.kind === 'fault');
    assert(fault?.kind === 'fault', JSON.stringify(events));
    return fault;
  };

  it('says that the package is not there, and how to get it', async () => {
    const fault = await faultOf(orderOf(file, PORT + 1), { INVENTIV_LLAMA_CPP: '/nowhere' });
    assert.equal(fault.code, 'engine_not_installed');
    assert.equal(fault.isFinal, true);
    assert.match(fault.message, /npm install node-llama-cpp@/);
  });

  it('says that the file is not there, or no model', { skip }, async () => {
    assert.equal((await faultOf(orderOf('/nowhere.gguf', PORT + 1))).code, 'model_not_found');
    const junk = path.join(dir, 'junk.gguf');
    writeFileSync(junk, 'this is no model');
    assert.equal((await faultOf(orderOf(junk, PORT + 1))).code, 'engine_failed');
  });

  it('names the argument that it does not know', async () => {
    const fault = await faultOf(orderOf(file, PORT + 1, { args: ['--tensor-parallel-size', '2'] }));
    assert.equal(fault.code, 'engine_arguments');
    assert.match(fault.message, /--tensor-parallel-size/);
  });

  it('refuses a context that the model was not made for', { skip }, async () => {
    const order = orderOf(file, PORT + 1);
    const fault = await faultOf({ ...order, model: { ...order.model, context_length: 4_096 } });
    assert.match(fault.message, /made for 2048 tokens/);
  });

  it('can be ended in its middle', async () => {
    const { run } = start(orderOf(file, PORT + 1));
    await run.stop(10_000);
    await run.exited;
  });
});

test('arguments are read like those of vLLM', () => {
  const needed = ['--model-file', 'f', '--served-model-name', 'm', '--port', '1', '--max-model-len', '10'];
  const read = parseLlamaArgs([...needed, '--threads=3', '--threads', '2', '--die-with-parent']);
  assert(typeof read !== 'string', String(read));
  assert.deepEqual([read.threads, read.diesWithParent, read.host], [2, true, '127.0.0.1']);
  for (const wrong of [
    [],
    ['--port'],
    [...needed, '--threads', '0'],
    [...needed, '--max-num-seqs', 'x'],
    ['x'],
  ]) {
    assert.equal(typeof parseLlamaArgs(wrong), 'string');
  }
});
