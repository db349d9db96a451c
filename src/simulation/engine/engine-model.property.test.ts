import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockHashes } from './block-hash.ts';
import { type EngineEvent, EngineModel, type SequenceRequest } from './engine-model.ts';
import { type EngineParameters, PRESETS } from './step-time.ts';

type Action =
  | { do: 'submit'; family: number; length: number; maxTokens: number; stopAfter: number | undefined }
  | { do: 'abort'; pick: number }
  | { do: 'step' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      family: fc.nat(3),
      length: fc.integer({ min: 1, max: 150 }),
      maxTokens: fc.integer({ min: 0, max: 60 }),
      stopAfter: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), pick: fc.nat(50) }) },
  { weight: 6, arbitrary: fc.constant({ do: 'step' as const }) },
);

const parametersOf = fc.record({
  kvBlocks: fc.integer({ min: 14, max: 60 }),
  maxNumSeqs: fc.integer({ min: 1, max: 8 }),
  maxNumBatchedTokens: fc.integer({ min: 1, max: 200 }),
});

interface History {
  events: EngineEvent[];
  submitted: Map<string, SequenceRequest>;
  aborted: Set<string>;
  durationMs: number;
  hits: number;
}

/** Families share prefixes: prompt `length` of family f is the first `length` numbers of its own sequence. */
function play(
  parameters: EngineParameters,
  actions: readonly Action[],
  check: (model: EngineModel) => void,
): History {
  const model = new EngineModel(parameters);
  const history: History = { events: [], submitted: new Map(), aborted: new Set(), durationMs: 0, hits: 0 };
  const step = () => {
    const result = model.step(history.durationMs);
    assert.ok(result.tokens <= parameters.maxNumBatchedTokens);
    history.durationMs += result.durationMs;
    history.events.push(...result.events);
    check(model);
  };
  for (const [index, next] of actions.entries()) {
    if (next.do === 'submit') {
      const prompt = Array.from({ length: next.length }, (_, i) => next.family * 1000 + i);
      const request: SequenceRequest = {
        id: `r${index}`,
        promptTokens: next.length,
        blockHashes: blockHashes(prompt, parameters.blockTokens),
        maxTokens: next.maxTokens,
        ...(next.stopAfter === undefined ? {} : { stopAfterTokens: next.stopAfter }),
      };
      model.submit(request);
      history.submitted.set(request.id, request);
    } else if (next.do === 'abort') {
      const id = [...history.submitted.keys()][next.pick];
      if (id && model.abort(id, history.durationMs)) history.aborted.add(id);
      check(model);
    } else {
      step();
    }
  }
  for (let i = 0; model.hasWork; i++) {
    assert.ok(i < 50_000, 'the model makes no progress');
    step();
  }
  history.hits = model.load().prefixHitTokens;
  assert.equal(model.load().kvBlocksUsed, 0);
  assert.deepEqual([model.load().running, model.load().waiting], [0, 0]);
  return history;
}

function parametersFrom(limits: { kvBlocks: number; maxNumSeqs: number; maxNumBatchedTokens: number }) {
  const { kvBlocks, ...rest } = limits;
  return { ...PRESETS['8b'], ...rest, kvTokens: kvBlocks * 16 };
}

test('whatever comes, blocks are conserved, limits hold, and every request ends exactly once with its tokens', () => {
  fc.assert(
    fc.property(
      parametersOf,
      fc.array(action, { minLength: 10, maxLength: 80, size: 'max' }),
      (limits, actions) => {
        const history = play(parametersFrom(limits), actions, (model) => {
          const load = model.load();
          assert.ok(load.kvBlocksUsed >= 0 && load.kvBlocksUsed <= load.kvBlocksTotal);
          assert.ok(load.kvBlocksResident <= load.kvBlocksTotal);
          assert.ok(load.running <= limits.maxNumSeqs && load.waiting >= 0);
        });
        for (const [id, request] of history.submitted) {
          const own = history.events.filter((event) => event.requestId === id);
          const indexes = own.flatMap((e) => (e.kind === 'first' || e.kind === 'token' ? [e.index] : []));
          assert.deepEqual(
            indexes,
            indexes.map((_, i) => i),
          );
          const finishes = own.filter((event) => event.kind === 'finish');
          if (history.aborted.has(id)) {
            assert.equal(finishes.length, 0);
            continue;
          }
          const expected = Math.min(request.maxTokens, request.stopAfterTokens ?? request.maxTokens);
          assert.equal(finishes.length, 1);
          assert.equal(finishes[0]?.completionTokens, expected);
          assert.equal(indexes.length, expected);
          assert.ok((finishes[0]?.cachedTokens ?? 0) < request.promptTokens);
          assert.equal((finishes[0]?.cachedTokens ?? 0) % 16, 0);
        }
        const cached = history.events
          .filter((event) => event.kind === 'finish')
          .reduce((sum, e) => sum + e.cachedTokens, 0);
        assert.ok(cached <= history.hits);
      },
    ),
    { numRuns: 150 },
  );
});

test('two runs of one history are equal', () => {
  fc.assert(
    fc.property(
      parametersOf,
      fc.array(action, { minLength: 10, maxLength: 80, size: 'max' }),
      (limits, actions) => {
        const first = play(parametersFrom(limits), actions, () => {});
        const second = play(parametersFrom(limits), actions, () => {});
        assert.deepEqual(first.events, second.events);
        assert.equal(first.durationMs, second.durationMs);
      },
    ),
    { numRuns: 50 },
  );
});
