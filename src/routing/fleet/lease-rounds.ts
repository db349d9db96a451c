/**
 * Asks for everybody at once: one round at a time, and what comes up while one is under way goes with the next. So the
 * number of calls follows the time that they take, not the number of requests.
 */
import type { Clock } from '#kernel/env.ts';
import type { Asker, LeaseAsk, LeaseServer } from './lease-server.ts';

const ASKS_MAX = 500;
const LAST_ROUNDS_MAX = 10;

export class LeaseRounds {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #server: LeaseServer;
  readonly #urgent = new Set<Asker>();
  readonly #later = new Set<Asker>();
  #round = Promise.withResolvers<void>();
  #isUnderWay = false;
  #running: Promise<void> | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>, server: LeaseServer) {
    this.#clock = clock;
    this.#server = server;
  }

  /** Goes with the next round, which begins at once when none is under way. Resolves when that round is over. */
  urge(asker: Asker): Promise<void> {
    this.#urgent.add(asker);
    const round = this.#round.promise;
    if (!this.#isUnderWay) this.#running = this.#run();
    return round;
  }

  /** Goes with some round soon; `tick` begins one. */
  later(asker: Asker): void {
    this.#later.add(asker);
  }

  tick(): void {
    if (!this.#isUnderWay && this.#later.size > 0 && this.#server.isUp) this.#running = this.#run();
  }

  /** Everything that is still to be told, as long as somebody listens. */
  async finish(): Promise<void> {
    for (let round = 0; round < LAST_ROUNDS_MAX; round++) {
      if (this.#later.size + this.#urgent.size === 0 || !this.#server.isUp) return;
      if (!this.#isUnderWay) this.#running = this.#run();
      await this.#running;
    }
  }

  async #run(): Promise<void> {
    this.#isUnderWay = true;
    try {
      do {
        // Others of the same moment come along.
        await Promise.resolve();
        const { promise: _, resolve } = this.#round;
        this.#round = Promise.withResolvers();
        await this.#ask(this.#nextAskers());
        resolve();
        // Those that waited take what came before anybody new does.
        await Promise.resolve();
      } while (this.#urgent.size > 0);
    } finally {
      this.#isUnderWay = false;
    }
  }

  #nextAskers(): ReadonlySet<Asker> {
    const askers = new Set<Asker>();
    for (const set of [this.#urgent, this.#later]) {
      for (const asker of set) {
        if (askers.size >= ASKS_MAX) return askers;
        set.delete(asker);
        askers.add(asker);
      }
    }
    return askers;
  }

  async #ask(askers: ReadonlySet<Asker>): Promise<void> {
    const nowMs = this.#clock.monotonic();
    const { members } = this.#server;
    const open: { readonly asker: Asker; readonly ask: LeaseAsk }[] = [];
    for (const asker of askers) {
      const ask = asker.ask(nowMs, members);
      if (ask) open.push({ asker, ask });
    }
    if (open.length === 0) return;
    try {
      const answers = await this.#server.lease(open.map(({ ask }) => ask));
      const atMs = this.#clock.monotonic();
      for (const [index, { asker, ask }] of open.entries()) {
        const answer = answers[index];
        if (answer) asker.answered(ask, answer, atMs);
        else asker.failed(ask, atMs);
      }
    } catch {
      const atMs = this.#clock.monotonic();
      for (const { asker, ask } of open) asker.failed(ask, atMs);
    }
  }
}
