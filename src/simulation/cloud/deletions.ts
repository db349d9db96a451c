import type { Deletion } from './state.ts';
import type { World } from './world.ts';

/**
 * Accepted deletes of one kind of resource, each carried to its end once: held while its fault is there, not before
 * its time, and again after a crash.
 */
export class Deletions {
  readonly #world: World;
  readonly #deletionOf: (id: string) => Deletion | null | undefined;
  readonly #end: (id: string) => Promise<void>;
  readonly #ending = new Map<string, Promise<void>>();

  constructor(
    world: World,
    deletionOf: (id: string) => Deletion | null | undefined,
    end: (id: string) => Promise<void>,
  ) {
    this.#world = world;
    this.#deletionOf = deletionOf;
    this.#end = end;
  }

  /** What an accepted delete is recorded with: faults may hold it up. */
  accept(target: { operation: string; zone: string; type: string; id: string }): Deletion {
    const { faults } = this.#world;
    const stuck = faults.take('stuck_delete', target);
    const delayMs = faults.take('late_delete', target)?.delay_ms ?? 0;
    return { atMs: this.#world.now() + delayMs, stuckBy: stuck?.id ?? null };
  }

  /** Goes on in the background; resolves when it is over if nothing delays it. */
  async carryOut(id: string): Promise<void> {
    const deletion = this.#deletionOf(id);
    const end = this.#finish(id);
    this.#world.inBackground('delete', end);
    if (deletion && deletion.atMs <= this.#world.now()) await end;
  }

  /** After a crash, and when a fault was cleared. */
  resume(ids: Iterable<string>): void {
    for (const id of ids) this.#world.inBackground('delete', this.#finish(id));
  }

  #finish(id: string): Promise<void> {
    const running = this.#ending.get(id);
    if (running !== undefined) return running;
    const deletion = this.#deletionOf(id);
    if (!deletion || (deletion.stuckBy && this.#world.faults.has(deletion.stuckBy))) return Promise.resolve();
    const ending = this.#finishOnce(id, deletion.atMs).finally(() => this.#ending.delete(id));
    this.#ending.set(id, ending);
    return ending;
  }

  async #finishOnce(id: string, notBeforeMs: number): Promise<void> {
    await this.#world.waitUntil(notBeforeMs);
    await this.#end(id);
  }
}
