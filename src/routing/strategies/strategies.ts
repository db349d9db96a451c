import { aibrix } from './aibrix.ts';
import { leastOutstanding, leastTokens, powerOfTwo, random, roundRobin } from './classic.ts';
import { dynamo } from './dynamo.ts';
import { gie } from './gie.ts';
import { inventiv } from './inventiv.ts';
import { SGLANG_CLI, SGLANG_LIBRARY, sglang } from './sglang.ts';
import type { RoutingStrategy } from './strategy.ts';

/** Every strategy by the name that the setting gives it. */
export const STRATEGIES = {
  inventiv,
  random,
  round_robin: roundRobin,
  least_outstanding: leastOutstanding,
  least_tokens: leastTokens,
  p2c: powerOfTwo,
  sglang: () => sglang(SGLANG_LIBRARY),
  sglang_cli: () => sglang(SGLANG_CLI),
  gie,
  dynamo,
  aibrix,
} as const satisfies Record<string, () => RoutingStrategy>;

export type StrategyName = keyof typeof STRATEGIES;
