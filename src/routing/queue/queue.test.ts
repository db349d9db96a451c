import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from './queue.ts';
import { type QueueLimits, QueueRefusedError, type Waiting } from './waiting.ts';

const LIMITS: QueueLimits = {
  requestsMax: 10,
  tokensMax: 1_000,
  bytesMax: 10_000,
  totalBytesMax: 15_000,
  ageingMs: 1_000,
};

/** A queue before a pool with room for so many tokens at once; what started and ended is in `log`. */
function bench(limits: Partial<QueueLimits> = {}, roomTokens = 100) {
  const time = { ms: 0 };
  const room = { tokens: roomTokens };
  const log: string[] = [];
  const queue = new Queue({ monotonic: () => time.ms }, { ...LIMITS, ...limits });
  const tickets = new Map<string, Waiting>();
  const enter = (name: string, wanted: Partial<Waiting> = {}) => {
    const waiting: Waiting = {
      pool: 'p',
      orgId: 'o',
      priority: 1,
      tokens: 100,
      bytes: 1,
      deadlineAtMs: 1e9,
      ...wanted,
    };
    tickets.set(name, waiting);
    const tryStart = () => {
      if (room.tokens < waiting.tokens) return undefined;
      room.tokens -= waiting.tokens;
      return name;
    };
    void queue.enter(waiting, tryStart).then(
      (started) => log.push(started),
      (error: unknown) =>
        log.push(`${name} ${error instanceof QueueRefusedError ? error.reason : (error as Error).message}`),
    );
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string, used?: number) => {
    const waiting = tickets.get(name) as Waiting;
    room.tokens += waiting.tokens;
    queue.finish(waiting, used === undefined ? undefined : { tokens: used });
    queue.onRoom(waiting.pool);
    await settled();
  };
  return { time, room, log, queue, tickets, enter, end, settled };
}

test('a higher priority goes first, whoever came before', async () => {
  const { enter, end, log, settled } = bench();
  enter('running');
  enter('low', { priority: 0 });
  enter('normal');
  enter('high', { priority: 2 });
  await settled();
  await end('running');
  await end('high');
  await end('normal');
  assert.deepEqual(log, ['running', 'high', 'normal', 'low']);
});

test('nobody who comes later enters by the side while others wait', async () => {
  const { enter, log, settled, queue, room } = bench({}, 0);
  enter('first');
  // Room that nobody has told of yet.
  room.tokens = 100;
  enter('second');
  await settled();
  assert.deepEqual(log, []);
  queue.onRoom('p');
  await settled();
  assert.deepEqual(log, ['first']);
});

test('what is too large now is passed by what fits, but not for ever', async () => {
  const { enter, end, log, settled, time } = bench();
  for (const i of [1, 2, 3, 4]) enter(`s${i}`, { orgId: 'small', tokens: 25 });
  enter('elephant', { orgId: 'big', tokens: 100 });
  for (const i of [5, 6, 7, 8]) enter(`s${i}`, { orgId: 'small', tokens: 25 });
  await settled();
  await end('s1');
  await end('s2');
  assert.deepEqual(log.splice(0), ['s1', 's2', 's3', 's4', 's5', 's6']);
  time.ms = 1_000;
  // Now it is aged: room is kept for it although small ones would fit.
  for (const i of [3, 4, 5]) await end(`s${i}`);
  assert.deepEqual(log.splice(0), []);
  await end('s6');
  assert.deepEqual(log.splice(0), ['elephant']);
  await end('elephant');
  assert.deepEqual(log, ['s7', 's8']);
});

test('what fits no worker at all holds up nobody, however old', async () => {
  const { enter, end, log, settled, time, queue } = bench();
  enter('impossible', { orgId: 'big', tokens: 500 });
  enter('a', { orgId: 'small' });
  enter('b', { orgId: 'small' });
  await settled();
  assert.deepEqual(log.splice(0), ['a']);
  time.ms = 5_000;
  await end('a');
  assert.deepEqual(log.splice(0), ['b']);
  await end('b');
  time.ms = 1e9;
  queue.tick();
  await settled();
  assert.deepEqual(log, ['impossible deadline']);
});

test('of one organisation the prompt that is known goes first, a few times only', async () => {
  const { enter, end, log, settled } = bench({ ageingMs: 1e9, requestsMax: 100, tokensMax: 1e6 });
  enter('running');
  enter('cold', { locality: () => 0 });
  for (let i = 0; i < 40; i++) enter(`warm${i}`, { locality: () => 0.9 });
  await settled();
  await end('running');
  const order = [...log];
  for (let i = 0; i < 39; i++) await end(log.at(-1) as string);
  order.push(...log.slice(order.length));
  assert.equal(order[1], 'warm0');
  assert.equal(order.indexOf('cold'), 33, 'passed thirty-two times');
});

test('what workers know is asked now and then, not at each start', async () => {
  const { enter, end, settled, time } = bench({ requestsMax: 100, tokensMax: 1e6 });
  let asked = 0;
  const locality = () => {
    asked += 1;
    return 0;
  };
  for (let i = 0; i < 9; i++) enter(`r${i}`, { locality });
  await settled();
  for (let i = 0; i < 5; i++) await end(`r${i}`);
  assert.ok(asked <= 8, String(asked));
  const before = asked;
  time.ms += 250;
  await end('r5');
  assert.equal(asked, before + 3);
});

test('a full queue takes back from whoever holds the most, the newest first', async () => {
  const { enter, log, settled } = bench({ tokensMax: 1e6 });
  enter('running');
  for (let i = 0; i < 10; i++) enter(`flood${i}`, { orgId: 'flood' });
  enter('flood10', { orgId: 'flood' });
  enter('calm0', { orgId: 'calm' });
  await settled();
  assert.deepEqual(new Set(log.splice(0)), new Set(['running', 'flood10 full', 'flood9 displaced']));
  for (let i = 1; i < 8; i++) enter(`calm${i}`, { orgId: 'calm' });
  await settled();
  const displaced = log.filter((line) => line.endsWith('displaced')).length;
  const refused = log.filter((line) => line.endsWith('full')).length;
  assert.deepEqual([displaced, refused], [4, 3], 'each holds half in the end');
});

test('a full queue gives up the lowest priority first, and none for a newcomer that cannot fit', async () => {
  const { enter, log, settled } = bench();
  enter('running');
  for (let i = 0; i < 5; i++) enter(`batch${i}`, { orgId: 'a', priority: 0 });
  for (let i = 0; i < 5; i++) enter(`normal${i}`, { orgId: 'b' });
  enter('huge', { orgId: 'c', priority: 2, tokens: 1_001 });
  enter('lower', { orgId: 'c', priority: 0, tokens: 300 });
  await settled();
  assert.deepEqual(new Set(log.splice(0)), new Set(['running', 'huge full', 'lower full']));
  enter('urgent', { orgId: 'c', priority: 2, tokens: 200 });
  await settled();
  assert.deepEqual(log, ['batch4 displaced', 'batch3 displaced']);
});

test('memory is bounded over all pools together', async () => {
  const { enter, log, settled, queue } = bench({ tokensMax: 1e6 }, 0);
  enter('a1', { pool: 'a', bytes: 6_000 });
  enter('a2', { pool: 'a', bytes: 3_000 });
  enter('b1', { pool: 'b', bytes: 5_000 });
  enter('b2', { pool: 'b', bytes: 2_000 });
  await settled();
  assert.deepEqual(log.splice(0), ['a2 displaced']);
  enter('a3', { pool: 'a', bytes: 3_000 });
  await settled();
  assert.deepEqual(log, ['a3 full']);
  const total = queue.signals().reduce((sum, { waiting }) => sum + waiting.bytes, 0);
  assert.equal(total, 13_000);
});

test('a client that leaves is out at once, and no longer holds up others', async () => {
  const { enter, log, settled, time, queue, end } = bench();
  const controller = new AbortController();
  enter('s1', { orgId: 'a', tokens: 50 });
  enter('s2', { orgId: 'a', tokens: 50 });
  enter('elephant', { orgId: 'big', signal: controller.signal });
  enter('s3', { orgId: 'a', tokens: 50 });
  time.ms = 2_000;
  await end('s1');
  assert.deepEqual(log.splice(0), ['s1', 's2']);
  controller.abort(new Error('gone'));
  await settled();
  assert.deepEqual(log, ['elephant gone', 's3']);
  assert.equal(queue.signals()[0]?.waiting.requests, 0);
  enter('late', { signal: controller.signal });
  await settled();
  assert.equal(log.at(-1), 'late gone');
});

test('room that is told in the middle of an attempt is used, and does not hold us for ever', async () => {
  const time = { ms: 0 };
  const queue = new Queue({ monotonic: () => time.ms }, LIMITS);
  let attempts = 0;
  const never = queue.wait(
    { pool: 'p', orgId: 'o', priority: 1, tokens: 1, bytes: 1, deadlineAtMs: 10 },
    () => {
      attempts += 1;
      queue.onRoom('p');
      return undefined;
    },
  );
  queue.onRoom('p');
  assert.ok(attempts > 1 && attempts < 50, String(attempts));
  time.ms = 10;
  queue.tick();
  await assert.rejects(never, { reason: 'deadline' });
});

test('an error while it is started ends that one alone', async () => {
  const { queue, enter, log, room, settled } = bench({}, 0);
  const failing = queue.enter(
    { pool: 'p', orgId: 'x', priority: 1, tokens: 1, bytes: 1, deadlineAtMs: 1e9 },
    () => {
      if (room.tokens > 0) throw new Error('the disk is full');
      return undefined;
    },
  );
  const refusal = assert.rejects(failing, /the disk is full/);
  enter('next', { orgId: 'y' });
  room.tokens = 100;
  queue.onRoom('p');
  await refusal;
  await settled();
  assert.deepEqual(log, ['next']);
});

test('the pace of the pool says when to ask again', async () => {
  const { enter, end, queue, time, log, settled } = bench({ requestsMax: 2 });
  assert.equal(queue.retryAfterMs('p', 100), undefined);
  enter('a');
  await settled();
  time.ms = 1_000;
  await end('a');
  // 100 tokens in a second of work; the idle minutes after that do not count.
  time.ms = 300_000;
  enter('b');
  enter('c');
  enter('d');
  const refused = queue.enter(
    { pool: 'p', orgId: 'o', priority: 1, tokens: 200, bytes: 1, deadlineAtMs: 1e9 },
    () => undefined,
  );
  await assert.rejects(refused, { reason: 'full', retryAfterMs: 4_000 });
  assert.equal(queue.signals()[0]?.backlogMs, 2_000);
  assert.deepEqual(log, ['a', 'b']);
});

test('shares follow what was really used, not what was estimated', async () => {
  const { enter, end, log, settled } = bench({ requestsMax: 100, tokensMax: 1e6 });
  enter('first', { orgId: 'modest' });
  for (let i = 0; i < 12; i++) enter(`modest${i}`, { orgId: 'modest' });
  for (let i = 0; i < 12; i++) enter(`greedy${i}`, { orgId: 'greedy' });
  await settled();
  // Both estimate 100; one uses 50, the other 150.
  await end('first', 50);
  for (let i = 0; i < 11; i++) {
    const name = log.at(-1) as string;
    await end(name, name.startsWith('modest') ? 50 : 150);
  }
  const modest = log.filter((name) => !name.startsWith('greedy')).length;
  assert.ok(modest >= 9, `${modest} of ${log.length}`);
});

test('at the end all are refused, and so is who comes then', async () => {
  const { enter, log, settled, queue } = bench();
  enter('running');
  enter('a');
  enter('b', { priority: 2 });
  queue.stop();
  enter('c');
  await settled();
  assert.deepEqual(new Set(log), new Set(['running', 'a stopping', 'b stopping', 'c stopping']));
});

test('organisations and pools that are gone are forgotten', async () => {
  const { queue, time } = bench({ requestsMax: 1e6 });
  for (let i = 0; i < 1_000; i++) {
    const waiting = { pool: 'p', orgId: `o${i}`, priority: 1, tokens: 1, bytes: 1, deadlineAtMs: 1e9 };
    await queue.enter(waiting, () => true);
    queue.finish(waiting);
  }
  time.ms = 20_000;
  queue.tick();
  assert.equal(queue.knownOrganisations, 0);
  time.ms = 700_000;
  queue.tick();
  assert.deepEqual(queue.signals(), []);
});
