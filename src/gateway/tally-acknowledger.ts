/**
 * Tells agents which counts they may forget: those of requests whose close is on this gateway's disk. An
 * acknowledgement that gets lost costs the agent a little memory for an hour, so it is not repeated.
 */
import type { Env } from '#kernel/env.ts';
import type { AgentClient } from './agent-client.ts';
import type { Journal } from './journal/journal.ts';
import type { UpstreamTarget } from './upstream.ts';

const EVERY_MS = 500;
const BATCH_MAX = 5_000;

export class TallyAcknowledger {
  readonly #env: Env;
  readonly #journal: Journal;
  readonly #agents: AgentClient;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #closed = new Map<UpstreamTarget, string[]>();

  constructor(env: Env, journal: Journal, agents: AgentClient) {
    this.#env = env;
    this.#journal = journal;
    this.#agents = agents;
    this.#loop = this.#run();
  }

  add(target: UpstreamTarget, requestId: string): void {
    const ids = this.#closed.get(target);
    if (ids) ids.push(requestId);
    else this.#closed.set(target, [requestId]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#env.sleep(EVERY_MS, this.#stopping.signal).catch(() => undefined);
      await this.#tell();
    }
  }

  async #tell(): Promise<void> {
    if (this.#closed.size === 0) return;
    const closed = this.#closed;
    this.#closed = new Map();
    await this.#journal.synced();
    await Promise.all(
      [...closed].map(async ([target, ids]) => {
        for (let i = 0; i < ids.length; i += BATCH_MAX) {
          await this.#agents.acknowledge(target, ids.slice(i, i + BATCH_MAX));
        }
      }),
    );
  }
}
