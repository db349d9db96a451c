import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type EngineEvent, EngineModel } from './engine-model.ts';
import { EngineRunner } from './engine-runner.ts';
import { type EngineParameters, PRESETS } from './step-time.ts';

interface Played {
  readonly events: EngineEvent[];
  readonly sleeps: number[];
  /** The clock when the last event was handed out. */
  readonly endedAt: number;
}

/** Runs one request on a clock that only sleeping moves; complains when a wait begins with something unwritten. */
async function play(parameters: EngineParameters, timeScale: number, maxTokens: number): Promise<Played> {
  let now = 0;
  let unwritten = 0;
  let unwrittenAtWaits = 0;
  const sleeps: number[] = [];
  const env: Env = {
    ...systemEnv(SILENT_LOG),
    clock: { now: () => now, monotonic: () => now },
    async sleep(ms) {
      unwrittenAtWaits = Math.max(unwrittenAtWaits, unwritten);
      sleeps.push(ms);
      now += ms;
    },
  };
  const events: EngineEvent[] = [];
  const endTurn = () => {
    unwritten = 0;
  };
  const runner = new EngineRunner(env, { parameters, timeScale, endTurn });
  const running = runner.run();
  const request = { id: 'a', promptTokens: 1000, blockHashes: [], maxTokens };
  await new Promise<void>((resolve) => {
    runner.submit(request, (event) => {
      events.push(event);
      unwritten++;
      if (event.kind === 'finish') resolve();
    });
  });
  runner.stop();
  await running;
  assert.equal(unwrittenAtWaits, 0, 'a wait began with unwritten events');
  return { events, sleeps, endedAt: now };
}

function modelledMs(parameters: EngineParameters, maxTokens: number): number {
  const model = new EngineModel(parameters);
  model.submit({ id: 'a', promptTokens: 1000, blockHashes: [], maxTokens });
  let at = 0;
  while (model.hasWork) at += model.step(at).durationMs;
  return at;
}

test('real time follows the model, divided by the time scale, with no sleep below a millisecond', async () => {
  for (const timeScale of [1, 3, 20, 100]) {
    const { events, sleeps, endedAt } = await play(PRESETS['8b'], timeScale, 200);
    const expectedMs = modelledMs(PRESETS['8b'], 200) / timeScale;
    assert.ok(Math.abs(endedAt - expectedMs) <= 1, `${endedAt} instead of ${expectedMs} ms at ${timeScale}`);
    assert.ok(sleeps.every((ms) => ms >= 1));
    assert.equal(events.filter(({ kind }) => kind === 'token').length, 199);
  }
});

test('an engine without delays never sleeps', async () => {
  const { events, sleeps } = await play(PRESETS.instant, 1, 500);
  assert.equal(sleeps.length, 0);
  assert.equal(events.length, 502);
});

test('steps that alternate between no time and some leave nothing unwritten when a wait begins', async () => {
  const { events } = await play({ ...PRESETS.instant, perContextTokenMs: 0.0015 }, 1, 50);
  assert.equal(events.at(-1)?.kind, 'finish');
});
