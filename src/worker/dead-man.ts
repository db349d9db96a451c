import { spawn } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { WorkerCondition } from './condition.ts';
import { parseFields, wholeField } from './field-readers.ts';
import { pause } from './pause.ts';

/**
 * Powers a forgotten machine off: one that has reached no control plane for a long time and serves nobody.
 *
 * Time is counted in ticks of the monotonic clock, each of them short, and kept on disk, so neither a restart of the
 * agent begins anew nor does a clock that jumps count for more than a moment. A beat that is accepted, or any request
 * of a gateway, begins anew. Machines that cannot be powered off (there is no command for it) are left alone.
 */
export interface DeadManDeps {
  readonly env: Env;
  readonly stateDir: string;
  readonly condition: Pick<WorkerCondition, 'inFlight'>;
  /** Undefined: never. */
  readonly powerOff: (() => Promise<void>) | undefined;
  /** As the control plane last told it; 0 never. */
  readonly limitMs: () => number;
  readonly stopEngine: () => Promise<void>;
  readonly signal: AbortSignal;
}

const FILE_NAME = 'dead-man.json';
const TICK_MS = 1_000;
/** What one tick counts at most: a machine that was suspended was not forgotten meanwhile. */
const TICK_MS_MAX = 5_000;
/** What the time between two agents counts at most, by a clock that may have jumped. */
const GAP_MS_MAX = 30_000;
const SAVE_EVERY_MS = 10_000;
const RETRY_MS = 60_000;

export class DeadMan {
  readonly #deps: DeadManDeps;
  #quietMs: number;
  #savedMs: number;

  constructor(deps: DeadManDeps) {
    this.#deps = deps;
    this.#quietMs = load(deps);
    this.#savedMs = this.#quietMs;
  }

  get quietMs(): number {
    return this.#quietMs;
  }

  /** The control plane accepted a beat, or a gateway sent a request. */
  noteContact(): void {
    this.#quietMs = 0;
    if (this.#savedMs > 0) this.#save();
  }

  /** Ends with the signal. Rejects when the machine was to be powered off, is still there, and is wanted again. */
  async run(): Promise<void> {
    const { env, powerOff, signal } = this.#deps;
    if (!powerOff) return;
    let tickedAtMs = env.clock.monotonic();
    while (!signal.aborted) {
      await pause(env, TICK_MS, signal);
      const nowMs = env.clock.monotonic();
      this.#tick(Math.min(nowMs - tickedAtMs, TICK_MS_MAX));
      tickedAtMs = nowMs;
      if (!signal.aborted && this.#isForgotten()) return this.#end(powerOff);
    }
  }

  #tick(elapsedMs: number): void {
    if (this.#deps.condition.inFlight > 0) this.noteContact();
    else this.#quietMs += elapsedMs;
    if (this.#quietMs - this.#savedMs >= SAVE_EVERY_MS) this.#save();
  }

  #isForgotten(): boolean {
    const limitMs = this.#deps.limitMs();
    return limitMs > 0 && this.#quietMs >= limitMs;
  }

  async #end(powerOff: () => Promise<void>): Promise<void> {
    const { env, stopEngine, signal } = this.#deps;
    env.log.error(
      { quiet_ms: Math.round(this.#quietMs), limit_ms: this.#deps.limitMs() },
      'No control plane was reached and no request came for too long: the engine is stopped and the machine powered off.',
    );
    // Before anything else: a machine that is started again counts anew.
    this.#quietMs = 0;
    this.#save();
    await env.crashPoint('worker.dead-man.decided');
    await stopEngine();
    while (!signal.aborted) {
      if (await this.#tryPowerOff(powerOff)) env.log.info({}, 'The machine was told to power off.');
      this.#quietMs = 1;
      await pause(env, RETRY_MS, signal);
      // Somebody spoke to us again, and the engine is stopped already: a new agent begins from the beginning.
      if (this.#quietMs === 0) throw new Error('the machine was to be powered off, but is wanted');
    }
  }

  async #tryPowerOff(powerOff: () => Promise<void>): Promise<boolean> {
    try {
      await powerOff();
      return true;
    } catch (error) {
      this.#deps.env.log.error({ error: messageOf(error) }, 'The machine could not be powered off.');
      return false;
    }
  }

  #save(): void {
    this.#savedMs = this.#quietMs;
    const file = path.join(this.#deps.stateDir, FILE_NAME);
    try {
      if (this.#quietMs === 0) {
        rmSync(file, { force: true });
        return;
      }
      const record = { quiet_ms: Math.round(this.#quietMs), at_ms: this.#deps.env.clock.now() };
      writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      // Counting goes on in memory.
      this.#deps.env.log.warn(
        { error: messageOf(error) },
        'The time without a control plane cannot be kept.',
      );
    }
  }
}

/** What earlier agents on this machine counted; 0 when there is nothing that can be read. */
function load({ env, stateDir }: Pick<DeadManDeps, 'env' | 'stateDir'>): number {
  try {
    const fields = parseFields(readFileSync(path.join(stateDir, FILE_NAME), 'utf8'), FILE_NAME);
    const gapMs = env.clock.now() - wholeField(fields, 'at_ms');
    return wholeField(fields, 'quiet_ms') + Math.min(Math.max(gapMs, 0), GAP_MS_MAX);
  } catch {
    return 0;
  }
}

/** Runs the machine's own command for it. */
export function powerOffBy(command: string): () => Promise<void> {
  return () =>
    new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', command], { stdio: 'ignore' });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`the command to power off ended with ${code ?? signal}`));
      });
    });
}
