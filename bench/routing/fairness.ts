/**
 * Two organisations on one fleet: one asks for a quarter of what it can do, the other floods it with more than all of
 * it. What the modest one waits, alone and beside the flood, tells how far the gateway keeps them apart.
 */
import type { RoutingFigures } from '#routing/routing-figures.ts';
import type { TraceRequest } from '../trace.ts';
import { gatewayLine, LINE_NAME } from './gateway-line.ts';
import { figuresOf } from './measure.ts';
import { type Outcome, play } from './play.ts';
import { arrivalsOf, type FleetKind, fleetOf } from './workload.ts';

const MODEST_SHARE = 0.25;
const FLOOD_SHARE = 1.5;

export interface FairnessOrder {
  readonly saturation: number;
  readonly fleet: FleetKind;
  readonly workers: number;
  readonly kvTokens: number;
  readonly reportEveryMs: number;
}

export interface Fairness {
  readonly line: string;
  readonly modest_alone_ttft_p90_ms: number;
  readonly modest_ttft_p90_ms: number;
  readonly flood_ttft_p90_ms: number;
  /** Of the prompt and answer tokens that the modest one asked for while the flood lasted. */
  readonly modest_served_share: number;
}

export function measureFairness(
  trace: readonly TraceRequest[],
  order: FairnessOrder,
  figures: RoutingFigures,
): Fairness {
  const { saturation } = order;
  // Two parts of one trace that last equally long.
  const modestCount = Math.floor((trace.length * MODEST_SHARE) / (MODEST_SHARE + FLOOD_SHARE));
  const modest = arrivalsOf(trace.slice(0, modestCount), MODEST_SHARE * saturation, 1, 'org_modest');
  const flood = arrivalsOf(trace.slice(modestCount), FLOOD_SHARE * saturation, 2, 'org_flood');
  const options = {
    fleet: fleetOf(order.fleet, order.workers, order.kvTokens),
    figures,
    seed: 1,
    reportEveryMs: order.reportEveryMs,
    line: gatewayLine,
  };
  const alone = play({ ...options, arrivals: modest });
  const together = play({ ...options, arrivals: [...modest, ...flood].sort((a, b) => a.atMs - b.atMs) });
  const of = (orgId: string) => together.outcomes.filter(({ arrival }) => arrival.orgId === orgId);
  const floodEndMs = Math.max(...flood.map(({ atMs }) => atMs));
  const p90 = (outcomes: readonly Outcome[]) => figuresOf({ outcomes, endMs: 0 }).ttft_p90_ms;
  return {
    line: LINE_NAME,
    modest_alone_ttft_p90_ms: Math.round(p90(alone.outcomes)),
    modest_ttft_p90_ms: Math.round(p90(of('org_modest'))),
    flood_ttft_p90_ms: Math.round(p90(of('org_flood'))),
    modest_served_share: servedShare(of('org_modest'), floodEndMs),
  };
}

function servedShare(outcomes: readonly Outcome[], beforeMs: number): number {
  const tokens = (some: readonly Outcome[]) =>
    some.reduce((sum, { arrival }) => sum + arrival.promptTokens + arrival.completionTokens, 0);
  const served = tokens(outcomes.filter(({ endMs }) => endMs <= beforeMs));
  return Math.round((served / Math.max(1, tokens(outcomes))) * 1_000) / 1_000;
}
