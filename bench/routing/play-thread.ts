/** Plays the histories that the main thread orders, one after another. */
import { parentPort } from 'node:worker_threads';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import { type RoutingFigures, routingFigures } from '#routing/routing-figures.ts';
import type { StrategyName } from '#routing/strategies/strategies.ts';
import type { TraceRequest } from '../trace.ts';
import { gatewayLine } from './gateway-line.ts';
import { type Figures, figuresOf, throughputOf } from './measure.ts';
import { play } from './play.ts';
import { arrivalsOf, type FleetKind, fleetOf } from './workload.ts';

export interface PlayOrder {
  readonly strategy: StrategyName;
  readonly requestsPerSecond: number;
  readonly seed: number;
  readonly fleet: FleetKind;
  readonly workers: number;
  readonly kvTokens: number;
  readonly reportEveryMs: number;
  readonly gateways?: number;
  readonly tellEveryMs?: number;
}

export interface PlayAnswer {
  readonly figures: Figures;
  readonly throughput: number;
  readonly requests: number;
}

export type ThreadMessage = { readonly trace: readonly TraceRequest[] } | { readonly order: PlayOrder };

/** One history from an order; the same in this thread or another. */
export function playOrder(trace: readonly TraceRequest[], order: PlayOrder): PlayAnswer {
  const played = play({
    arrivals: arrivalsOf(trace, order.requestsPerSecond, order.seed),
    fleet: fleetOf(order.fleet, order.workers, order.kvTokens),
    figures: figuresFor(order.strategy),
    seed: order.seed,
    reportEveryMs: order.reportEveryMs,
    gateways: order.gateways ?? 1,
    tellEveryMs: order.tellEveryMs ?? 0,
    // The others are what a router is elsewhere: they send at once.
    line: order.strategy === 'inventiv' ? gatewayLine : undefined,
  });
  return {
    figures: figuresOf(played),
    throughput: throughputOf(played),
    requests: played.outcomes.length,
  };
}

function figuresFor(strategy: StrategyName): RoutingFigures {
  return { ...routingFigures(fixedSettings(readConfig({}))), strategy };
}

let trace: readonly TraceRequest[] = [];
parentPort?.on('message', (message: ThreadMessage) => {
  if ('trace' in message) trace = message.trace;
  else parentPort?.postMessage(playOrder(trace, message.order));
});
