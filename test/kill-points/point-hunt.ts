import type { CrashFile } from './crash-file.ts';

/** Kills at each of these points once: whoever comes to one is hit, and then the others are armed again. */
export class PointHunt {
  readonly #crash: CrashFile;
  readonly #hit = new Set<string>();
  readonly #left: Set<string>;
  readonly #known: number;
  readonly #life: Promise<void>;
  #isOver = false;

  constructor(crash: CrashFile, points: readonly string[]) {
    this.#crash = crash;
    this.#left = new Set(points);
    this.#known = crash.hits().length;
    this.#arm();
    this.#life = this.#watch();
  }

  async end(): Promise<ReadonlySet<string>> {
    this.#isOver = true;
    await this.#life;
    this.#crash.disarm();
    return this.#hit;
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const fresh = this.#crash.hits().slice(this.#known + this.#hit.size);
      for (const { name } of fresh) {
        this.#hit.add(name);
        this.#left.delete(name);
      }
      if (fresh.length > 0) this.#arm();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #arm(): void {
    this.#crash.arm(Object.fromEntries([...this.#left].map((point) => [point, 'SIGKILL'] as const)));
  }
}
