/** Hits processes at armed crash points, in whatever order they come there, until all are hit or the hunt is called off. */
import type { CrashFile, CrashHit, CrashSignal } from './crash-file.ts';
import { pause } from './pause.ts';

export interface Target {
  readonly point: string;
  readonly signal: CrashSignal;
}

/** Longer than the lease of the test profile: a stopped process wakes up without it. */
const STOPPED_MS = 1_500;
const LOOK_EVERY_MS = 10;

export class Hunt {
  readonly #crash: CrashFile;
  readonly #left: Map<string, CrashSignal>;
  readonly #stopped = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  #handled: number;
  #isCalledOff = false;

  constructor(crash: CrashFile, targets: readonly Target[]) {
    this.#crash = crash;
    this.#left = new Map(targets.map(({ point, signal }) => [point, signal]));
    this.#handled = crash.hits().length;
    this.#arm();
    this.#loop = this.#follow();
  }

  get isOver(): boolean {
    return this.#left.size === 0;
  }

  /** Nobody is hit any more, and everybody who was stopped goes on. @returns the points that nobody came to */
  async callOff(): Promise<readonly string[]> {
    this.#isCalledOff = true;
    await this.#loop;
    this.#crash.disarm();
    this.#takeHits();
    await Promise.all(this.#stopped);
    return [...this.#left.keys()];
  }

  async #follow(): Promise<void> {
    while (!this.#isCalledOff && !this.isOver) {
      // One who had read an older order may take a newer one away, so it is written again after each hit.
      if (this.#takeHits()) this.#arm();
      await pause(LOOK_EVERY_MS);
    }
  }

  #arm(): void {
    this.#crash.arm(Object.fromEntries(this.#left));
  }

  #takeHits(): boolean {
    const fresh = this.#crash.hits().slice(this.#handled);
    this.#handled += fresh.length;
    for (const hit of fresh) {
      this.#left.delete(hit.name);
      if (hit.signal === 'SIGSTOP') this.#stopped.add(wakeLater(hit));
    }
    return fresh.length > 0;
  }
}

async function wakeLater({ pid }: CrashHit): Promise<void> {
  await pause(STOPPED_MS);
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It was ended meanwhile.
  }
}
