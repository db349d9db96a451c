/** Histories of the queue in virtual time, on workers with a few slots each whose requests take as long as their tokens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Queue } from './queue.ts';
import { QueueRefusedError, type Waiting } from './waiting.ts';

interface Arrival {
  readonly atMs: number;
  readonly org: string;
  readonly tokens: number;
  readonly priority: number;
  readonly patienceMs: number;
  /** When its client leaves; never, when undefined. */
  readonly leavesAfterMs: number | undefined;
}

interface Outcome {
  readonly arrival: Arrival;
  ends: { readonly how: string; readonly atMs: number }[];
}

const LIMITS = {
  requestsMax: 40,
  tokensMax: 4_000,
  bytesMax: 40_000,
  totalBytesMax: 80_000,
  ageingMs: 2_000,
};
const STEP_MS = 10;
const TOKENS_PER_MS = 1;

interface Job {
  readonly waiting: Waiting;
  readonly endsAtMs: number;
}

/** Plays all arrivals; a worker's slot holds one request of up to `slotTokens`. */
async function play(
  arrivals: readonly Arrival[],
  options: { readonly slots: number; readonly limits?: typeof LIMITS; readonly isKnown?: boolean },
): Promise<{ outcomes: Outcome[]; queue: Queue; startedTokens: Map<string, number> }> {
  const time = { ms: 0 };
  const limits = options.limits ?? LIMITS;
  const queue = new Queue({ monotonic: () => time.ms }, limits);
  const jobs = new Set<Job>();
  const startedTokens = new Map<string, number>();
  const outcomes: Outcome[] = arrivals.map((arrival) => ({ arrival, ends: [] }));
  const leaving: { atMs: number; controller: AbortController }[] = [];
  const todo = [...outcomes].sort((a, b) => a.arrival.atMs - b.arrival.atMs);
  const arrive = (outcome: Outcome) => {
    const { org, tokens, priority, patienceMs, leavesAfterMs } = outcome.arrival;
    const controller = new AbortController();
    if (leavesAfterMs !== undefined) leaving.push({ atMs: time.ms + leavesAfterMs, controller });
    const deadlineAtMs = time.ms + patienceMs;
    const waiting: Waiting = {
      pool: 'a',
      orgId: org,
      priority,
      tokens,
      bytes: tokens * 10,
      deadlineAtMs,
      signal: controller.signal,
    };
    const tryStart = () => {
      if (jobs.size >= options.slots) return undefined;
      assert.ok(time.ms < deadlineAtMs, 'nothing starts after its deadline');
      assert.ok(!controller.signal.aborted, 'nothing starts for a client that left');
      const job = { waiting, endsAtMs: time.ms + Math.ceil(tokens / TOKENS_PER_MS) };
      jobs.add(job);
      startedTokens.set(org, (startedTokens.get(org) ?? 0) + tokens);
      return job;
    };
    queue.enter(waiting, tryStart).then(
      () => outcome.ends.push({ how: 'started', atMs: time.ms }),
      (error: unknown) => {
        const how = error instanceof QueueRefusedError ? error.reason : 'left';
        outcome.ends.push({ how, atMs: time.ms });
      },
    );
  };
  const last = Math.max(0, ...arrivals.map(({ atMs, patienceMs }) => atMs + patienceMs)) + STEP_MS;
  for (; time.ms <= last; time.ms += STEP_MS) {
    while (todo[0] && todo[0].arrival.atMs <= time.ms) arrive(todo.shift() as Outcome);
    for (const { atMs, controller } of leaving) {
      if (atMs <= time.ms && !controller.signal.aborted) controller.abort(new Error('left'));
    }
    for (const job of jobs) {
      if (job.endsAtMs > time.ms) continue;
      jobs.delete(job);
      assert.equal(queue.finish(job.waiting), true);
      assert.equal(queue.finish(job.waiting), false, 'an end counts once');
      queue.onRoom('a');
    }
    queue.tick();
    const [signals] = queue.signals();
    if (signals) {
      const { requests, tokens, bytes } = signals.waiting;
      assert.ok(requests <= limits.requestsMax && tokens <= limits.tokensMax && bytes <= limits.bytesMax);
      assert.ok(requests >= 0 && tokens >= 0 && bytes >= 0);
      assert.equal(signals.running.requests, jobs.size);
      assert.ok(requests === 0 || jobs.size === options.slots, 'none waits while a slot is free');
    }
    await Promise.resolve();
  }
  for (const job of jobs) queue.finish(job.waiting);
  await new Promise((resolve) => setImmediate(resolve));
  return { outcomes, queue, startedTokens };
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  atMs: fc.integer({ min: 0, max: 4_000 }),
  org: fc.constantFrom('a', 'b', 'c'),
  tokens: fc.integer({ min: 1, max: 900 }),
  priority: fc.integer({ min: 0, max: 2 }),
  patienceMs: fc.integer({ min: 1, max: 5_000 }),
  leavesAfterMs: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }),
});

test('every request leaves exactly once, caps hold, and nothing starts after its deadline', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { maxLength: 150 }),
      fc.integer({ min: 1, max: 6 }),
      async (arrivals, slots) => {
        const { outcomes, queue } = await play(arrivals, { slots });
        for (const { ends } of outcomes) assert.equal(ends.length, 1);
        const [signals] = queue.signals();
        assert.deepEqual(signals?.waiting ?? { requests: 0, tokens: 0, bytes: 0 }, {
          requests: 0,
          tokens: 0,
          bytes: 0,
        });
        assert.equal(signals?.running.requests ?? 0, 0);
      },
    ),
    { numRuns: 150, seed: 4 },
  );
});

test('those whose time is over are refused, within a step, in the order of their deadlines', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 100 }), async (arrivals) => {
      const { outcomes } = await play(arrivals, { slots: 1 });
      for (const { arrival: own, ends } of outcomes) {
        const [end] = ends;
        assert.ok(end);
        if (end.how !== 'deadline') continue;
        const deadline = own.atMs + own.patienceMs;
        assert.ok(end.atMs >= deadline && end.atMs <= deadline + 3 * STEP_MS, `${end.atMs} ${deadline}`);
      }
    }),
    { numRuns: 100, seed: 5 },
  );
});

test('in one organisation the earliest deadline starts first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1_000, max: 50_000 }), { minLength: 2, maxLength: 30 }),
      async (patiences) => {
        const started: number[] = [];
        const time = { ms: 0 };
        const queue = new Queue({ monotonic: () => time.ms }, { ...LIMITS, ageingMs: 60_000 });
        let hasRoom = false;
        const all = patiences.map((patienceMs) =>
          queue.enter(
            { pool: 'a', orgId: 'o', priority: 1, tokens: 1, bytes: 1, deadlineAtMs: patienceMs },
            () => {
              if (!hasRoom) return undefined;
              started.push(patienceMs);
              return true;
            },
          ),
        );
        // None may enter by the side once another waits.
        hasRoom = true;
        queue.onRoom();
        await Promise.all(all);
        assert.deepEqual(
          started,
          [...started].sort((a, b) => a - b),
        );
      },
    ),
    { numRuns: 50, seed: 6 },
  );
});

/** Keeps `depth` requests of an organisation waiting from a moment on, each of the size that `sizes` gives next. */
function backlog(
  org: string,
  tokens: (i: number) => number,
  times: { from: number; to: number; every: number },
) {
  const arrivals: Arrival[] = [];
  for (let atMs = times.from, i = 0; atMs < times.to; atMs += times.every, i++) {
    arrivals.push({
      atMs,
      org,
      tokens: tokens(i),
      priority: 1,
      patienceMs: 600_000,
      leavesAfterMs: undefined,
    });
  }
  return arrivals;
}

const WIDE = {
  requestsMax: 100_000,
  tokensMax: 1e9,
  bytesMax: 1e10,
  totalBytesMax: 1e10,
  ageingMs: 600_000,
};

test('two organisations that both wait get the same tokens, however their requests differ', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 20, max: 400 }),
      fc.integer({ min: 20, max: 400 }),
      fc.integer({ min: 1, max: 10 }),
      async (slots, sizeA, sizeB, flood) => {
        const time = { ms: 0 };
        const queue = new Queue({ monotonic: () => time.ms }, WIDE);
        const running: { endsAtMs: number; waiting: Waiting }[] = [];
        const served = { a: 0, b: 0 };
        const left = { a: 0, b: 0 };
        const offer = (orgId: 'a' | 'b', tokens: number) => {
          const waiting = { pool: 'p', orgId, priority: 1, tokens, bytes: 1, deadlineAtMs: 1e12 };
          left[orgId] += 1;
          void queue.enter(waiting, () => {
            if (running.length >= slots) return undefined;
            running.push({ endsAtMs: time.ms + tokens, waiting });
            served[orgId] += tokens;
            left[orgId] -= 1;
            return true;
          });
        };
        // One has a few at a time, the other floods; both always have some waiting.
        for (let i = 0; i < 2_000; i++) offer('a', 1 + ((sizeA * (i % 7)) % 400));
        for (let i = 0; i < 400 * flood; i++) offer('b', sizeB);
        const before = { ...served };
        for (; left.a > 0 && left.b > 0; time.ms += 5) {
          for (const job of running.filter(({ endsAtMs }) => endsAtMs <= time.ms)) {
            running.splice(running.indexOf(job), 1);
            queue.finish(job.waiting);
            queue.onRoom('p');
            // At every moment, not only in the end: apart by no more than one request of each, and by the one with
            // which the first of them began.
            const apart = Math.abs(served.a - before.a - (served.b - before.b));
            if (left.a > 0 && left.b > 0) assert.ok(apart <= 2 * 400 + sizeB, String(apart));
          }
        }
        const [a, b] = [served.a - before.a, served.b - before.b];
        // The bound of the algorithm is the largest request of each, which matters only to small sums.
        assert.ok(Math.abs(a - b) <= Math.max(800, 0.1 * Math.max(a, b)), `${a} ${b}`);
      },
    ),
    { numRuns: 25, seed: 7 },
  );
});

test('a flood of one organisation does not delay another beyond its turn', async () => {
  const arrivals = [
    ...backlog('flood', () => 200, { from: 0, to: 20_000, every: 20 }),
    ...backlog('calm', () => 200, { from: 3_000, to: 18_000, every: 1_000 }),
  ];
  const { outcomes } = await play(arrivals, { slots: 4, limits: WIDE });
  const waits = outcomes
    .filter(({ arrival: own }) => own.org === 'calm')
    .map(({ arrival: own, ends }) => (ends[0]?.atMs ?? Number.POSITIVE_INFINITY) - own.atMs);
  // Four slots of 200 ms each: at most one request is before it.
  assert.ok(Math.max(...waits) <= 400, String(waits));
});

test('an organisation that comes back after a pause has saved nothing up and owes nothing', async () => {
  const { outcomes } = await play(
    [
      ...backlog('old', () => 100, { from: 0, to: 10_000, every: 10 }),
      ...backlog('new', () => 100, { from: 9_000, to: 12_000, every: 10 }),
    ],
    { slots: 4, limits: WIDE },
  );
  const startedIn = (org: string, fromMs: number, toMs: number) =>
    outcomes.filter(
      ({ arrival: own, ends: [end] }) =>
        own.org === org && end?.how === 'started' && end.atMs >= fromMs && end.atMs < toMs,
    ).length;
  const [old, fresh] = [startedIn('old', 9_200, 11_800), startedIn('new', 9_200, 11_800)];
  assert.ok(Math.abs(old - fresh) <= 0.1 * old, `${old} ${fresh}`);
});
