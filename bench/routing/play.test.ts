import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StrategyName } from '#routing/strategies/strategies.ts';
import { figuresWith } from '#routing/testing/routing-fixture.ts';
import { seededRandom } from '#routing/testing/seeded-random.ts';
import type { TraceRequest } from '../trace.ts';
import { EventHeap } from './event-heap.ts';
import { gatewayLine } from './gateway-line.ts';
import { type Figures, figuresOf, throughputOf } from './measure.ts';
import { type Played, play } from './play.ts';
import { playOrder } from './play-thread.ts';
import { arrivalsOf, type FleetKind, fleetOf } from './workload.ts';

const REQUESTS = 2_000;
const WORKERS = 8;

/** Conversations that come back with a longer prompt, and long prompts that come once, as the recorded trace has them. */
function conversations(seed: number): TraceRequest[] {
  const random = seededRandom(seed);
  const histories: { blocks: number[]; tokens: number }[] = [];
  let next = 1;
  const grow = (history: { blocks: number[]; tokens: number }, tokens: number) => {
    history.tokens += tokens;
    while (history.blocks.length < Math.floor(history.tokens / 512)) history.blocks.push(next++);
  };
  return Array.from({ length: REQUESTS }, (_, i) => {
    let history = random.float() < 0.6 ? histories[Math.floor(random.float() * histories.length)] : undefined;
    if (!history) {
      history = { blocks: [], tokens: 0 };
      grow(history, Math.floor(500 + 16_000 * random.float() ** 3));
      histories.push(history);
      if (histories.length > 400) histories.shift();
    } else grow(history, Math.floor(100 + 1_500 * random.float()));
    return {
      atMs: i * 100 + Math.floor(random.float() * 100),
      promptTokens: history.tokens,
      completionTokens: Math.floor(20 + 400 * random.float()),
      blocks: [...history.blocks],
    };
  });
}

function run(
  strategy: StrategyName,
  requestsPerSecond: number,
  seed: number,
  fleet: FleetKind = 'even',
): Played {
  return play({
    arrivals: arrivalsOf(conversations(1), requestsPerSecond, seed),
    fleet: fleetOf(fleet, WORKERS, 200_000),
    figures: figuresWith({ strategy }),
    seed,
    reportEveryMs: 1_000,
    line: strategy === 'inventiv' ? gatewayLine : undefined,
  });
}

function loadOf(share: number, fleet: FleetKind): number {
  return share * throughputOf(run('inventiv', 1_000, 1, fleet));
}

test('four gateways that tell each other choose nearly as one does, silent ones do not', () => {
  const rate = loadOf(0.8, 'even');
  const meanOf = (gateways: number, tellEveryMs: number) =>
    figuresOf(
      play({
        arrivals: arrivalsOf(conversations(1), rate, 2),
        fleet: fleetOf('even', WORKERS, 200_000),
        figures: figuresWith(),
        seed: 2,
        reportEveryMs: 1_000,
        line: gatewayLine,
        gateways,
        tellEveryMs,
      }),
    ).ttft_mean_ms;
  const [one, silent, telling] = [meanOf(1, 0), meanOf(4, 0), meanOf(4, 20)];
  const told = `one ${one}, silent ${silent}, telling ${telling}`;
  assert.ok(telling < 1.25 * one, told);
  assert.ok(silent > 1.25 * telling, told);
});

test('at four fifths of saturation ours answers well before round robin and least outstanding', () => {
  for (const fleet of ['even', 'mixed'] as const) {
    const rate = loadOf(0.8, fleet);
    const figures = (strategy: StrategyName): Figures => figuresOf(run(strategy, rate, 2, fleet));
    const ours = figures('inventiv');
    for (const name of ['round_robin', 'least_outstanding'] as const) {
      const other = figures(name);
      const told = `${fleet}: ${Math.round(ours.ttft_p90_ms)} against ${Math.round(other.ttft_p90_ms)} of ${name}`;
      assert.ok(ours.ttft_p90_ms < 0.8 * other.ttft_p90_ms, told);
      assert.ok(ours.hit_rate > other.hit_rate, `${fleet}: hits of ${name}`);
    }
  }
});

test('one seed is one history, another seed is another', () => {
  const rate = 10;
  const tell = (seed: number) =>
    run('inventiv', rate, seed).outcomes.map(({ arrival, worker, firstTokenMs }) => [
      arrival.id,
      worker,
      firstTokenMs,
    ]);
  const first = tell(3);
  assert.equal(first.length, REQUESTS);
  assert.deepEqual(tell(3), first);
  assert.notDeepEqual(tell(4), first);
});

test('every strategy answers every request, and none before it came', () => {
  const trace = conversations(2).slice(0, 300);
  for (const strategy of ['random', 'p2c', 'sglang', 'gie', 'dynamo', 'aibrix', 'least_tokens'] as const) {
    const { requests, figures } = playOrder(trace, {
      strategy,
      requestsPerSecond: 20,
      seed: 1,
      fleet: 'mixed',
      workers: 4,
      kvTokens: 200_000,
      reportEveryMs: 1_000,
    });
    assert.equal(requests, 300, strategy);
    assert.ok(figures.ttft_p50_ms > 0 && figures.ttft_p50_ms <= figures.ttft_p99_ms, strategy);
  }
});

test('the heap gives events by time, and by entry at equal times', () => {
  const heap = new EventHeap<number>();
  const random = seededRandom(5);
  const times = Array.from({ length: 1_000 }, () => Math.floor(random.float() * 50));
  for (const [index, time] of times.entries()) heap.push(time, index);
  const given: [number, number][] = [];
  for (let next = heap.pop(); next; next = heap.pop()) given.push([next.atMs, next.what]);
  const wanted = times.map((time, index): [number, number] => [time, index]);
  assert.deepEqual(
    given,
    wanted.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
  );
});
