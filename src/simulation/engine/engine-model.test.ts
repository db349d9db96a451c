import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockHashes } from './block-hash.ts';
import { type EngineEvent, EngineModel, type SequenceRequest } from './engine-model.ts';
import { PRESETS, prefillWork } from './step-time.ts';

function promptOf(length: number, from = 1): number[] {
  return Array.from({ length }, (_, i) => from + i);
}

function requestOf(
  id: string,
  prompt: number[],
  maxTokens: number,
  stopAfterTokens?: number,
): SequenceRequest {
  return {
    id,
    promptTokens: prompt.length,
    blockHashes: blockHashes(prompt, 16),
    maxTokens,
    ...(stopAfterTokens === undefined ? {} : { stopAfterTokens }),
  };
}

function runToEnd(model: EngineModel, from = 0): { at: number; events: EngineEvent[]; steps: number } {
  const events: EngineEvent[] = [];
  let at = from;
  let steps = 0;
  while (model.hasWork) {
    const step = model.step(at);
    at += step.durationMs;
    events.push(...step.events);
    assert.ok(++steps < 100_000, 'the model makes no progress');
  }
  return { at, events, steps };
}

test('a lone request takes one prefill step and one step per further token, at the modelled times', () => {
  const model = new EngineModel(PRESETS['8b']);
  model.submit(requestOf('a', promptOf(1000), 3));
  const { events, at, steps } = runToEnd(model, 100);
  const p = PRESETS['8b'];
  const prefillMs = 1000 * (prefillWork(p, 0, 1000) / 22_000);
  const firstAt = 100 + 1.5 + Math.max(6.5, prefillMs) + 0.02;
  assert.deepEqual(
    events.map((event) => event.kind),
    ['admitted', 'first', 'token', 'token', 'finish'],
  );
  assert.equal(steps, 3);
  assert.ok(Math.abs((events[1]?.at ?? 0) - firstAt) < 1e-9);
  const decodeMs = 2 * (1.5 + 6.5 + 0.02) + 0.000_056 * (1001 + 1002);
  assert.ok(Math.abs(at - firstAt - decodeMs) < 1e-9);
});

test('a long prompt is computed in chunks of the batch limit while others go on decoding', () => {
  const model = new EngineModel({ ...PRESETS['8b'], maxNumBatchedTokens: 512 });
  model.submit(requestOf('short', promptOf(10), 50));
  model.step(0);
  model.submit(requestOf('long', promptOf(2000, 5000), 1));
  let tokensOfShort = 0;
  let steps = 0;
  for (let isDone = false; !isDone; steps++) {
    for (const event of model.step(0).events) {
      if (event.requestId === 'short' && event.kind === 'token') tokensOfShort++;
      if (event.requestId === 'long' && event.kind === 'finish') isDone = true;
    }
  }
  assert.equal(steps, 4, '2000 tokens in chunks of 511, for the decoding one takes a token of each budget');
  assert.equal(tokensOfShort, 4);
});

test('a repeated prompt finds its full blocks, counted in tokens, and computes at least one token', () => {
  const model = new EngineModel(PRESETS.instant);
  model.submit(requestOf('a', promptOf(160), 1));
  runToEnd(model);
  model.submit(requestOf('b', promptOf(160), 1));
  model.submit(requestOf('c', [...promptOf(100), ...promptOf(60, 9000)], 1));
  const finishes = runToEnd(model).events.filter((event) => event.kind === 'finish');
  assert.deepEqual(
    finishes.map((event) => [event.requestId, event.cachedTokens]),
    [
      ['b', 144],
      ['c', 96],
    ],
  );
  const load = model.load();
  assert.equal(load.prefixQueryTokens, 480);
  assert.equal(load.prefixHitTokens, 240);
});

test('two requests that arrive together share nothing, for nothing is computed yet', () => {
  const model = new EngineModel(PRESETS.instant);
  model.submit(requestOf('a', promptOf(64), 2));
  model.submit(requestOf('b', promptOf(64), 2));
  runToEnd(model);
  assert.equal(model.load().prefixHitTokens, 0);
  assert.equal(model.load().kvBlocksResident, 4, 'the duplicate is not kept twice');
});

test('the least recently used prefix is evicted first, tail before head', () => {
  const model = new EngineModel({ ...PRESETS.instant, kvTokens: 160 });
  model.submit(requestOf('old', promptOf(65, 1), 1));
  runToEnd(model);
  model.submit(requestOf('new', promptOf(65, 1000), 1));
  runToEnd(model);
  model.submit(requestOf('other', promptOf(47, 5000), 1));
  runToEnd(model);
  model.submit(requestOf('old again', promptOf(65, 1), 1));
  const finish = runToEnd(model).events.findLast((event) => event.kind === 'finish');
  assert.equal(finish?.cachedTokens, 48, 'one tail block of the old prompt made room');
});

test('a full KV cache preempts the last admitted, which starts over and still yields every token', () => {
  const model = new EngineModel({ ...PRESETS.instant, kvTokens: 16 * 10 });
  model.submit(requestOf('a', promptOf(60, 1), 40));
  model.submit(requestOf('b', promptOf(60, 1000), 40));
  const { events } = runToEnd(model);
  assert.deepEqual(
    [...new Set(events.filter((event) => event.kind === 'preempted').map((event) => event.requestId))],
    ['b'],
  );
  for (const id of ['a', 'b']) {
    const tokens = events.filter((e) => e.requestId === id && (e.kind === 'first' || e.kind === 'token'));
    assert.deepEqual(
      tokens.map((event) => (event.kind === 'first' || event.kind === 'token' ? event.index : -1)),
      promptOf(40, 0),
    );
  }
  assert.equal(model.load().kvBlocksUsed, 0);
  assert.equal(model.load().preemptions, events.filter((event) => event.kind === 'preempted').length);
});

test('requests start in the order of arrival, even when a later one would fit', () => {
  const model = new EngineModel({ ...PRESETS.instant, kvTokens: 16 * 10 });
  model.submit(requestOf('a', promptOf(100, 1), 10));
  model.submit(requestOf('big', promptOf(120, 1000), 2));
  model.submit(requestOf('small', promptOf(5, 9000), 2));
  const { events } = runToEnd(model);
  assert.deepEqual(
    events.filter((event) => event.kind === 'admitted').map((event) => event.requestId),
    ['a', 'big', 'small'],
  );
});

test('a preempted request goes on before those that still wait', () => {
  const model = new EngineModel({ ...PRESETS.instant, kvTokens: 16 * 10 });
  model.submit(requestOf('a', promptOf(60, 1), 40));
  model.submit(requestOf('b', promptOf(60, 1000), 40));
  model.submit(requestOf('waiting', promptOf(100, 9000), 2));
  const { events } = runToEnd(model);
  const admitted = events.filter((event) => event.kind === 'admitted').map((event) => event.requestId);
  assert.deepEqual(admitted, ['a', 'b', 'b', 'waiting']);
});

test('no more than max_num_seqs run at once', () => {
  const model = new EngineModel({ ...PRESETS.instant, maxNumSeqs: 3 });
  for (let i = 0; i < 10; i++) model.submit(requestOf(`r${i}`, promptOf(20, i * 100 + 1), 5));
  model.step(0);
  assert.deepEqual([model.load().running, model.load().waiting], [3, 7]);
  runToEnd(model);
});

test('an abort frees the blocks of a running request and skips a waiting one', () => {
  const model = new EngineModel({ ...PRESETS.instant, maxNumSeqs: 1 });
  model.submit(requestOf('running', promptOf(100), 100));
  model.submit(requestOf('waiting', promptOf(100), 100));
  model.submit(requestOf('next', promptOf(20, 7000), 1));
  model.step(0);
  assert.equal(model.load().waiting, 2);
  assert.equal(model.abort('waiting', 1), true);
  assert.equal(model.load().waiting, 1);
  assert.equal(model.abort('running', 1), true);
  assert.equal(model.abort('running', 1), false);
  assert.equal(model.load().kvBlocksUsed, 0);
  const { events } = runToEnd(model);
  assert.deepEqual([...new Set(events.map((event) => event.requestId))], ['next']);
});

test('a request that could never fit, or whose id is in use, is refused', () => {
  const model = new EngineModel({ ...PRESETS.instant, kvTokens: 64 });
  assert.equal(model.fits(60, 4), true);
  assert.equal(model.fits(60, 5), false);
  assert.throws(() => model.submit(requestOf('a', promptOf(60), 5)));
  model.submit(requestOf('a', promptOf(6), 5));
  assert.throws(() => model.submit(requestOf('a', promptOf(6), 5)));
});

test('a request for no token at all only computes its prompt', () => {
  const model = new EngineModel(PRESETS['70b']);
  model.submit(requestOf('embed', promptOf(40), 0));
  const { events } = runToEnd(model);
  assert.deepEqual(
    events.map((event) => event.kind),
    ['admitted', 'finish'],
  );
});

test('hashes are equal for equal prefixes only, also for ids beyond 32 bits', () => {
  const base = promptOf(48);
  const hashes = blockHashes(base, 16);
  assert.equal(hashes.length, 3);
  assert.deepEqual(blockHashes([...base, 7], 16), hashes);
  const changed = [...base];
  changed[3] = (changed[3] ?? 0) + 2 ** 40;
  assert.ok(blockHashes(changed, 16).every((hash, i) => hash !== hashes[i]));
  assert.ok(blockHashes(base, 16, 5).every((hash, i) => hash !== hashes[i]));
});
