import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';

const EVERY_MS = 15_000;

/** Remembers which API keys were used and says so now and then, off the request path. */
export class KeyUse {
  readonly #env: Env;
  readonly #touch: (ids: string[]) => Promise<void>;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #used = new Set<string>();

  constructor(env: Env, touch: (ids: string[]) => Promise<void>) {
    this.#env = env;
    this.#touch = touch;
    this.#loop = this.#run();
  }

  add(apiKeyId: string): void {
    this.#used.add(apiKeyId);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#env.sleep(EVERY_MS, this.#stopping.signal).catch(() => undefined);
      const used = this.#used;
      if (used.size === 0) continue;
      this.#used = new Set();
      try {
        await this.#touch([...used]);
      } catch (error) {
        this.#env.log.debug({ error: messageOf(error) }, 'the use of API keys was not written');
      }
    }
  }
}
