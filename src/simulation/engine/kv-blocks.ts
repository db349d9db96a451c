import { AppError } from '#kernel/errors.ts';

/**
 * The KV cache as a pool of equal blocks. A block is free, private to one sequence, or resident under the chained
 * hash of the prompt up to its end. Resident blocks are shared by reference; those that nobody references stay as
 * prefix cache until the space is needed, least recently released first, tail of a prompt before its head.
 * Invariant: free + private + resident = total, and a referenced block is never evicted.
 */
export interface KvBlockObserver {
  evicted(lifetimeMs: number, idleMs: number): void;
  reused(gapMs: number): void;
}

interface ResidentBlock {
  readonly hash: number;
  readonly bornAt: number;
  usedAt: number;
  references: number;
  older: ResidentBlock | undefined;
  newer: ResidentBlock | undefined;
}

/** What one sequence holds. */
export interface KvHolding {
  readonly shared: ResidentBlock[];
  private: number;
}

export class KvBlocks {
  readonly total: number;
  readonly #observer: KvBlockObserver | undefined;
  readonly #resident = new Map<number, ResidentBlock>();
  #private = 0;
  #referenced = 0;
  /** Ends of the list of unreferenced resident blocks, least recently released first. */
  #oldest: ResidentBlock | undefined;
  #newest: ResidentBlock | undefined;

  constructor(total: number, observer?: KvBlockObserver) {
    this.total = total;
    this.#observer = observer;
  }

  /** Blocks that a sequence holds; the rest can be had, by eviction if need be. */
  get used(): number {
    return this.#private + this.#referenced;
  }

  /** Blocks that carry a hash, referenced or not. */
  get resident(): number {
    return this.#resident.size;
  }

  /** Length of the leading run of resident blocks, at most `limit`. */
  matchPrefix(hashes: readonly number[], limit: number): number {
    const end = Math.min(limit, hashes.length);
    for (let i = 0; i < end; i++) {
      if (!this.#resident.has(hashes[i] ?? 0)) return i;
    }
    return end;
  }

  /** Pins the first `hits` blocks of `hashes` and takes the others of `blocks` privately; undefined when there is no room. */
  acquire(hashes: readonly number[], hits: number, blocks: number, at: number): KvHolding | undefined {
    const pinned: ResidentBlock[] = [];
    let newlyReferenced = 0;
    for (let i = 0; i < hits; i++) {
      const block = this.#resident.get(hashes[i] ?? 0);
      if (!block)
        throw new AppError('internal.unexpected', { details: { block: 'a hit that is not resident' } });
      if (block.references === 0) newlyReferenced++;
      pinned.push(block);
    }
    if (this.used + newlyReferenced + (blocks - hits) > this.total) return undefined;
    for (const block of pinned) {
      if (block.references++ === 0) this.#unlink(block);
      this.#observer?.reused(at - block.usedAt);
      block.usedAt = at;
    }
    this.#referenced += newlyReferenced;
    const holding: KvHolding = { shared: pinned, private: 0 };
    this.#take(holding, blocks - hits, at);
    return holding;
  }

  /** Adds private blocks; false, and nothing done, when there is no room. */
  grow(holding: KvHolding, blocks: number, at: number): boolean {
    if (this.used + blocks > this.total) return false;
    this.#take(holding, blocks, at);
    return true;
  }

  /** A private block of the holding is computed: others may share it. A duplicate of a resident block stays private. */
  publish(holding: KvHolding, hash: number, at: number): void {
    if (this.#resident.has(hash)) return;
    const block: ResidentBlock = {
      hash,
      bornAt: at,
      usedAt: at,
      references: 1,
      older: undefined,
      newer: undefined,
    };
    this.#resident.set(hash, block);
    holding.shared.push(block);
    holding.private--;
    this.#private--;
    this.#referenced++;
  }

  release(holding: KvHolding, at: number): void {
    this.#private -= holding.private;
    holding.private = 0;
    // From the tail on, so that the head of the prompt, which more requests share, is evicted last.
    for (let block = holding.shared.pop(); block; block = holding.shared.pop()) {
      block.usedAt = at;
      if (--block.references > 0) continue;
      this.#referenced--;
      block.older = this.#newest;
      if (this.#newest) this.#newest.newer = block;
      else this.#oldest = block;
      this.#newest = block;
    }
  }

  #take(holding: KvHolding, blocks: number, at: number): void {
    holding.private += blocks;
    this.#private += blocks;
    while (this.#private + this.#resident.size > this.total) this.#evictOldest(at);
  }

  #evictOldest(at: number): void {
    const block = this.#oldest;
    if (!block) throw new AppError('internal.unexpected', { details: { block: 'nothing left to evict' } });
    this.#unlink(block);
    this.#resident.delete(block.hash);
    this.#observer?.evicted(at - block.bornAt, at - block.usedAt);
  }

  #unlink(block: ResidentBlock): void {
    if (block.older) block.older.newer = block.newer;
    else this.#oldest = block.newer;
    if (block.newer) block.newer.older = block.older;
    else this.#newest = block.older;
    block.older = undefined;
    block.newer = undefined;
  }
}
