/**
 * What one decision costs: describing a parsed chat body of 100 KB (hashes of its beginnings), choosing one of 64
 * workers with full records, and noting it. Everything a request pays for being routed, without parsing its JSON.
 */
import { RequestDescriber } from '#gateway/describe-request.ts';
import type { Env } from '#kernel/env.ts';
import { WorkerPicker } from '#routing/pick.ts';
import type { RoutingFigures } from '#routing/routing-figures.ts';
import { seededRandom } from '#routing/testing/seeded-random.ts';
import { MODEL, ORG, workerOf } from './play.ts';

const WORKERS = 64;
const BODY_CHARS = 100_000;
const PROMPTS = 500;
const OPEN_EACH = 8;
const JUST_PARSED = 4;
const BATCH = 20;
const BATCHES = 200;

export interface DecisionCost {
  readonly workers: number;
  readonly body_bytes: number;
  readonly describe_us: number;
  readonly pick_us: number;
  readonly total_us: number;
}

/** First quartiles over batches: what else the machine does makes some of them long. */
export function measureDecision(env: Env, figures: RoutingFigures): DecisionCost {
  const describer = new RequestDescriber();
  const picker = new WorkerPicker(env, figures);
  const workers = Array.from({ length: WORKERS }, (_, index) => workerOf(index));
  const bodies = Array.from({ length: PROMPTS }, (_, seed) => bodyOf(seed));
  const describe = (seed: number) =>
    describer.describe({
      request: { method: 'POST', target: '/v1/chat/completions', httpVersion: '1.1', rawHeaders: [] },
      body: bodies[seed % PROMPTS] as Record<string, unknown>,
      bodyBytes: BODY_CHARS,
      isStream: true,
      orgId: ORG,
      modelId: MODEL,
      outputTokens: 256,
    });
  const requests = bodies.map((_, seed) => describe(seed));
  const open: { release(): void }[] = [];
  const place = (seed: number) => {
    const result = picker.pick(workers, requests[seed % PROMPTS] as (typeof requests)[number], {
      isForced: true,
    });
    if (result.kind === 'leased') open.push(result.lease);
    if (open.length > WORKERS * OPEN_EACH) open.shift()?.release();
  };
  for (let seed = 0; seed < PROMPTS * 2; seed++) place(seed);
  // A body that was parsed a moment ago is in the processor's cache; hundreds of others are not.
  const describeUs = quietUs(env, (seed) => describe(seed % JUST_PARSED));
  const pickUs = quietUs(env, place);
  return {
    workers: WORKERS,
    body_bytes: BODY_CHARS,
    describe_us: describeUs,
    pick_us: pickUs,
    total_us: Math.round((describeUs + pickUs) * 10) / 10,
  };
}

function quietUs(env: Env, act: (seed: number) => unknown): number {
  let seed = 0;
  const times = Array.from({ length: BATCHES }, () => {
    const startedAt = env.clock.monotonic();
    for (let i = 0; i < BATCH; i++) act(seed++);
    return ((env.clock.monotonic() - startedAt) * 1_000) / BATCH;
  });
  return Math.round((times.sort((a, b) => a - b)[Math.floor(BATCHES / 4)] ?? 0) * 10) / 10;
}

/** A conversation of a dozen turns behind a system text that a tenth of all conversations share. */
function bodyOf(seed: number): unknown {
  const random = seededRandom(seed);
  const text = (length: number, from: () => number) =>
    Array.from({ length: Math.ceil(length / 8) }, () => from().toString(36).slice(2, 9)).join(' ');
  const messages = [{ role: 'system', content: text(8_000, seededRandom(seed % 10).float) }];
  for (let turn = 0; turn < 12; turn++) {
    messages.push({ role: turn % 2 ? 'assistant' : 'user', content: text(BODY_CHARS / 13, random.float) });
  }
  // As a body is when it was parsed: texts in one piece.
  return JSON.parse(JSON.stringify({ model: 'bench/8b', stream: true, messages }));
}
