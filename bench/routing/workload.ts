import type { Random } from '#kernel/env.ts';
import { seededRandom } from '#routing/testing/seeded-random.ts';
import { type EngineParameters, PRESETS } from '#simulation/engine/step-time.ts';
import type { TraceRequest } from '../trace.ts';

export interface Arrival {
  readonly id: string;
  readonly orgId: string;
  readonly atMs: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly blocks: readonly number[];
  readonly blockTokens: number;
}

/** Prefixes are recorded in blocks of this size, so engines and records use it too. */
export const TRACE_BLOCK_TOKENS = 512;
/** Times of the Mooncake trace come in bins of this length. */
const BIN_MS_MAX = 3_000;
const PROMPT_TOKENS_MAX = 120_000;

/**
 * The trace at `requestsPerSecond` on average, its bursts kept. Each request comes somewhere between its time stamp and
 * the next one, by the seed: what happened inside of a bin is not recorded.
 */
export function arrivalsOf(
  trace: readonly TraceRequest[],
  requestsPerSecond: number,
  seed: number,
  orgId = 'org_bench',
): Arrival[] {
  const random = seededRandom(seed);
  const spread = spreadOut(trace, random);
  const spanMs = Math.max(1, Math.max(...spread) - Math.min(...spread));
  const scale = (trace.length * 1_000) / requestsPerSecond / spanMs;
  let unique = 2 ** 40;
  return trace
    .map((request, index) => {
      const promptTokens = Math.min(PROMPT_TOKENS_MAX, Math.max(1, request.promptTokens));
      const full = Math.floor(promptTokens / TRACE_BLOCK_TOKENS);
      const blocks = request.blocks
        ? request.blocks.slice(0, full).map((block) => block + 1)
        : Array.from({ length: full }, () => unique++);
      return {
        id: `${orgId} ${index}`,
        orgId,
        atMs: (spread[index] as number) * scale,
        promptTokens,
        completionTokens: Math.max(1, request.completionTokens),
        blocks,
        blockTokens: TRACE_BLOCK_TOKENS,
      };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

function spreadOut(trace: readonly TraceRequest[], random: Random): number[] {
  const stamps = [...new Set(trace.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  const gaps = new Map(
    stamps.map((stamp, i) => [stamp, Math.min(BIN_MS_MAX, (stamps[i + 1] ?? stamp) - stamp)]),
  );
  return trace.map(({ atMs }) => atMs + random.float() * (gaps.get(atMs) ?? 0));
}

export type FleetKind = 'even' | 'mixed';

/** Machines with one H100 and a model of 8B parameters; in a mixed fleet half of them run at 40 % with half the KV. */
export function fleetOf(kind: FleetKind, workers: number, kvTokens: number): EngineParameters[] {
  const fast = { ...PRESETS['8b'], kvTokens, blockTokens: TRACE_BLOCK_TOKENS };
  const slow = {
    ...fast,
    prefillTokensPerSecond: fast.prefillTokensPerSecond * 0.4,
    stepBaseMs: fast.stepBaseMs / 0.4,
    weightReadMs: fast.weightReadMs / 0.4,
    perSequenceMs: fast.perSequenceMs / 0.4,
    perContextTokenMs: fast.perContextTokenMs / 0.4,
    kvTokens: kvTokens / 2,
  };
  return Array.from({ length: workers }, (_, i) => (kind === 'mixed' && i >= workers / 2 ? slow : fast));
}
