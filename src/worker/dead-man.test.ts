import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { DeadMan } from './dead-man.ts';

const LIMIT_MS = 1_800_000;
const HOUR_MS = 3_600_000;

let stateDir = '';
let wallMs = 0;
let monotonicMs = 0;
let offAt: number[] = [];
let engineStops = 0;
/** What happens as time passes, at most once a tick. */
let atTick: (elapsedMs: number) => void;
let failsPowerOff = false;

beforeEach(() => {
  stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'dead-man-'));
  wallMs = 1_800_000_000_000;
  monotonicMs = 0;
  offAt = [];
  engineStops = 0;
  atTick = () => undefined;
  failsPowerOff = false;
});

afterEach(() => fs.rmSync(stateDir, { recursive: true, force: true }));

class Ended extends Error {}

/** Runs for so long on a clock of its own, and then the process is gone. */
async function live(
  forMs: number,
  options: {
    limitMs?: () => number;
    inFlight?: () => number;
    hasCommand?: boolean;
    touch?: (man: DeadMan) => void;
  } = {},
): Promise<DeadMan> {
  const startMs = monotonicMs;
  const stop = new AbortController();
  const env: Env = {
    ...systemEnv(SILENT_LOG),
    clock: { now: () => wallMs, monotonic: () => monotonicMs },
    async sleep(ms, signal) {
      monotonicMs += ms;
      wallMs += ms;
      atTick(monotonicMs - startMs);
      options.touch?.(man);
      if (monotonicMs - startMs >= forMs) stop.abort(new Ended());
      signal?.throwIfAborted();
    },
  };
  const man: DeadMan = new DeadMan({
    env,
    stateDir,
    condition: {
      get inFlight() {
        return options.inFlight?.() ?? 0;
      },
    },
    powerOff:
      options.hasCommand === false
        ? undefined
        : async () => {
            if (failsPowerOff) throw new Error('no permission');
            offAt.push(monotonicMs - startMs);
          },
    limitMs: options.limitMs ?? (() => LIMIT_MS),
    stopEngine: async () => {
      engineStops += 1;
    },
    signal: stop.signal,
  });
  await man.run();
  return man;
}

describe('the dead-man lease', () => {
  it('powers off after the limit, not before, with the engine stopped first', async () => {
    await live(LIMIT_MS - 2_000);
    assert.deepEqual(offAt, []);
    fs.rmSync(path.join(stateDir, 'dead-man.json'));
    await live(LIMIT_MS + 2_000);
    assert.equal(offAt.length, 1);
    assert.ok((offAt[0] ?? 0) >= LIMIT_MS);
    assert.equal(engineStops, 1);
  });

  it('counts anew after a beat that was accepted, and while a request is open', async () => {
    await live(3 * LIMIT_MS, {
      touch: (man) => {
        if (Math.floor(monotonicMs / 1_000) % 1_700 === 0) man.noteContact();
      },
    });
    await live(3 * LIMIT_MS, { inFlight: () => 1 });
    assert.deepEqual(offAt, []);
  });

  it('goes on counting over restarts of the agent', async () => {
    for (let run = 0; run < 6; run++) await live(LIMIT_MS / 10);
    assert.deepEqual(offAt, []);
    await live(LIMIT_MS / 2);
    assert.ok(offAt.length > 0);
    assert.ok((offAt[0] ?? 0) < LIMIT_MS / 2);
  });

  it('is not deceived by a clock that jumps, with or without a restart', async () => {
    atTick = (elapsedMs) => {
      if (elapsedMs % 60_000 === 0) wallMs += elapsedMs % 120_000 === 0 ? 12 * HOUR_MS : -12 * HOUR_MS;
    };
    await live(LIMIT_MS / 2);
    wallMs += 1_000 * HOUR_MS;
    await live(LIMIT_MS / 4);
    wallMs -= 2_000 * HOUR_MS;
    await live(LIMIT_MS / 8);
    assert.deepEqual(offAt, []);
  });

  it('takes a machine that was suspended for no forgotten one', async () => {
    atTick = (elapsedMs) => {
      if (elapsedMs === 10_000) monotonicMs += 24 * HOUR_MS;
    };
    await live(24 * HOUR_MS + 60_000);
    assert.deepEqual(offAt, []);
  });

  it('follows a limit that changes, and never does it at 0 or without a command', async () => {
    let limitMs = 0;
    await live(2 * LIMIT_MS, { limitMs: () => limitMs });
    assert.deepEqual(offAt, []);
    await live(2 * LIMIT_MS, { hasCommand: false });
    assert.deepEqual(offAt, []);
    limitMs = 10 * LIMIT_MS;
    atTick = () => {
      limitMs = LIMIT_MS;
    };
    await live(LIMIT_MS / 2, { limitMs: () => limitMs });
    assert.ok(offAt.length > 0);
  });

  it('tries again when the command fails, and counts anew on a machine that was started again', async () => {
    failsPowerOff = true;
    atTick = (elapsedMs) => {
      if (elapsedMs > LIMIT_MS + 150_000) failsPowerOff = false;
    };
    await live(LIMIT_MS + 200_000);
    assert.equal(offAt.length, 1);
    offAt = [];
    await live(LIMIT_MS - 2_000);
    assert.deepEqual(offAt, []);
  });

  it('ends the agent when somebody speaks to it after all', async () => {
    failsPowerOff = true;
    const spoken = live(2 * LIMIT_MS, {
      touch: (man) => {
        if (monotonicMs > LIMIT_MS + 100_000) man.noteContact();
      },
    });
    await assert.rejects(spoken, /wanted/);
  });

  it('reads whatever stands in its file', async () => {
    for (const text of ['', '{', '{"quiet_ms":-1,"at_ms":5}', '{"quiet_ms":1e99,"at_ms":0}', '[]']) {
      fs.writeFileSync(path.join(stateDir, 'dead-man.json'), text);
      await live(60_000);
    }
    assert.deepEqual(offAt, []);
  });
});
