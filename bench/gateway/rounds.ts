/**
 * Alternating rounds over all contestants, and the medians of their ratios. A ratio is taken within one round, so what
 * else the machine does in the meantime touches both sides.
 */
import type { Contestant } from './contestants.ts';
import type { Measure, StreamCost, Throughput } from './measure.ts';

export interface Field {
  readonly direct: Contestant;
  readonly nginx: Contestant;
  readonly own: Contestant;
  readonly portkey: Contestant | undefined;
}

export interface RoundFigures {
  readonly seconds: number;
  readonly streams: number;
  readonly say: (text: string) => void;
}

interface Round {
  readonly ceiling: number;
  readonly load: number;
  readonly small: {
    readonly nginx: Throughput;
    readonly own: Throughput;
    readonly portkey: Throughput | undefined;
  };
  readonly large: { readonly nginx: Throughput; readonly own: Throughput };
  readonly streams: { readonly nginx: StreamCost; readonly own: StreamCost; readonly stripped: StreamCost };
  readonly latencyUs: { readonly direct: number; readonly nginx: number; readonly own: number };
}

const SMALL_BYTES = 1_000;
const LARGE_BYTES = 100_000;
const SMALL_CONNECTIONS = 64;
const LARGE_CONNECTIONS = 32;
const LATENCY_REQUESTS = 100;
const WARM_STREAMS = 50;
const CEILING_MIN = 1.2;
const LOAD_MAX = 0.95;

export class Rounds {
  readonly #measure: Measure;
  readonly #field: Field;
  readonly #figures: RoundFigures;
  readonly #rounds: Round[] = [];

  constructor(measure: Measure, field: Field, figures: RoundFigures) {
    this.#measure = measure;
    this.#field = field;
    this.#figures = figures;
  }

  /** Cold code is not what is compared. */
  async warmUp(): Promise<void> {
    const { nginx, own, portkey } = this.#field;
    for (const one of [nginx, own, ...(portkey ? [portkey] : [])]) {
      await this.#measure.throughput(one, SMALL_BYTES, SMALL_CONNECTIONS, this.#figures.seconds);
      await this.#measure.streams(one, WARM_STREAMS, true);
    }
  }

  async run(number: number): Promise<void> {
    const { direct, nginx, own, portkey } = this.#field;
    const { seconds, streams, say } = this.#figures;
    const measure = this.#measure;
    const small = (one: Contestant) => measure.throughput(one, SMALL_BYTES, SMALL_CONNECTIONS, seconds);
    const large = (one: Contestant) => measure.throughput(one, LARGE_BYTES, LARGE_CONNECTIONS, seconds);
    const ceiling = await measure.throughput(direct, SMALL_BYTES, SMALL_CONNECTIONS, Math.min(seconds, 2));
    const smallOnes = {
      nginx: await small(nginx),
      own: await small(own),
      portkey: portkey && (await small(portkey)),
    };
    const round: Round = {
      ceiling: ceiling.rps / smallOnes.nginx.rps,
      load: Math.max(smallOnes.nginx.loadCore, smallOnes.own.loadCore),
      small: smallOnes,
      large: { nginx: await large(nginx), own: await large(own) },
      streams: {
        nginx: await measure.streams(nginx, streams, true),
        own: await measure.streams(own, streams, true),
        stripped: await measure.streams(own, streams, false),
      },
      latencyUs: {
        direct: await measure.latency(direct, LATENCY_REQUESTS),
        nginx: await measure.latency(nginx, LATENCY_REQUESTS),
        own: await measure.latency(own, LATENCY_REQUESTS),
      },
    };
    this.#rounds.push(round);
    say(
      `round ${number + 1}: ${JSON.stringify(round, (_key, value) => (typeof value === 'number' ? rounded(value) : value))}`,
    );
  }

  result() {
    const over = (pick: (round: Round) => number) => rounded(median(this.#rounds.map(pick)));
    const ceiling = over((round) => round.ceiling);
    const load = over((round) => round.load);
    const result = {
      json_1k_vs_nginx: over(({ small }) => small.own.rps / small.nginx.rps),
      json_1k_vs_portkey: this.#field.portkey
        ? over(({ small }) => small.own.rps / (small.portkey?.rps ?? Number.NaN))
        : null,
      json_100k_vs_nginx: over(({ large }) => large.own.rps / large.nginx.rps),
      chunk_cpu_vs_nginx: over(({ streams }) => streams.nginx.cpuUsPerChunk / streams.own.cpuUsPerChunk),
      chunk_cpu_vs_nginx_usage_stripped: over(
        ({ streams }) => streams.nginx.cpuUsPerChunk / streams.stripped.cpuUsPerChunk,
      ),
      added_p50_vs_nginx: over(
        ({ latencyUs: { direct, nginx, own } }) => (own - direct) / Math.max(1, nginx - direct),
      ),
      rss_mb_1000_streams: over(({ streams }) => Math.max(streams.own.rssMb, streams.stripped.rssMb)),
      ceiling_vs_nginx: ceiling,
      generator_core_load: load,
      // What a busy machine disturbs least: the time on the processor.
      json_1k_cpu_vs_nginx: over(({ small }) => small.nginx.cpuUsPerRequest / small.own.cpuUsPerRequest),
      json_100k_cpu_vs_nginx: over(({ large }) => large.nginx.cpuUsPerRequest / large.own.cpuUsPerRequest),
      errors: this.#rounds.reduce((sum, { small, large, streams }) => {
        return sum + small.own.errors + large.own.errors + streams.own.broken + streams.stripped.broken;
      }, 0),
    };
    return { ...result, is_void: ceiling < CEILING_MIN || load > LOAD_MAX };
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
