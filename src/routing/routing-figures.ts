import type { Settings } from '#config/settings.ts';
import type { StrategyName } from './strategies/strategies.ts';

/** The figures of routing, asked at each use and never copied, so that a changed setting needs no restart. */
export interface RoutingFigures {
  readonly strategy: StrategyName;
  /** beta: how much of a prefill each of the other requests on the worker pays. */
  readonly harm: number;
  /** kappa, in seconds: the price of filling the whole KV cache. */
  readonly kvSeconds: number;
  readonly rateHalfLifeMs: number;
  readonly ratePriorMs: number;
  /** Share of a worker's KV capacity that its record of prefixes covers. */
  readonly recordShare: number;
  readonly recordBlocksMax: number;
  /** KV capacity of a worker that has not told its own. */
  readonly kvTokens: number;
  /** Share of the prompt that a conversation's last worker is credited with. */
  readonly sessionShare: number;
  readonly inFlightMax: number;
  /** Expected wait at the workers of a model beyond which requests are better kept here. */
  readonly backlogMaxMs: number;
  /** The same while several organisations want them. */
  readonly sharedBacklogMaxMs: number;
  /** Share of their KV capacity beyond which requests are better kept here. */
  readonly kvShareMax: number;
  readonly breakerFailures: number;
  readonly restFirstMs: number;
  readonly restMaxMs: number;
  readonly slowStartMs: number;
  /** Share of recent requests that may be sent to a second worker, in per cent. */
  readonly retryPercent: number;
}

/** Read at each use. */
export function routingFigures(settings: Settings): RoutingFigures {
  return {
    get strategy() {
      return settings.get('ROUTING_STRATEGY') as StrategyName;
    },
    get harm() {
      return settings.get('ROUTING_HARM_PERCENT') / 100;
    },
    get kvSeconds() {
      return settings.get('ROUTING_KV_PRICE_MS') / 1_000;
    },
    get rateHalfLifeMs() {
      return settings.get('ROUTING_RATE_HALF_LIFE_MS');
    },
    get ratePriorMs() {
      return settings.get('ROUTING_RATE_PRIOR_MS');
    },
    get recordShare() {
      return settings.get('ROUTING_RECORD_PERCENT') / 100;
    },
    get recordBlocksMax() {
      return settings.get('ROUTING_RECORD_BLOCKS_MAX');
    },
    get kvTokens() {
      return settings.get('ROUTING_KV_TOKENS');
    },
    get sessionShare() {
      return settings.get('ROUTING_SESSION_PERCENT') / 100;
    },
    get inFlightMax() {
      return settings.get('ROUTING_IN_FLIGHT_MAX');
    },
    get backlogMaxMs() {
      return settings.get('ROUTING_BACKLOG_MAX_MS');
    },
    get sharedBacklogMaxMs() {
      return settings.get('ROUTING_SHARED_BACKLOG_MAX_MS');
    },
    get kvShareMax() {
      return settings.get('ROUTING_KV_FULL_PERCENT') / 100;
    },
    get breakerFailures() {
      return settings.get('ROUTING_BREAKER_FAILURES');
    },
    get restFirstMs() {
      return settings.get('ROUTING_REST_FIRST_MS');
    },
    get restMaxMs() {
      return settings.get('ROUTING_REST_MAX_MS');
    },
    get slowStartMs() {
      return settings.get('ROUTING_SLOW_START_MS');
    },
    get retryPercent() {
      return settings.get('ROUTING_RETRY_PERCENT');
    },
  };
}
