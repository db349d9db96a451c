/**
 * Which prompt blocks each worker has most likely in its prefix cache: what was sent there, least recently used out.
 *
 * Blocks of a prompt are touched from the last to the first, so a head is always younger than its tails and leaves
 * after them. Hence who has block i has all before it, and the longest run of every worker is found by halving,
 * instead of by a walk along the prompt for each of them.
 *
 * Everything lives in a few typed arrays that grow by doubling: 40 bytes for a block at a worker, nothing for the
 * garbage collector to look at. Hashes collide about once in 10^16 pairs; a collision costs a wrong guess, no answer.
 */
const NONE = -1;
const SLOTS_FIRST = 16;
const NODES_FIRST = 1_024;
/** The table of heads is kept at most half full, so that searches stay short. */
const TABLE_FACTOR = 2;

export class PrefixRecords {
  // One node is one block at one worker.
  #hash = new Float64Array(NODES_FIRST);
  #slotOf = new Int32Array(NODES_FIRST);
  #older = new Int32Array(NODES_FIRST);
  #newer = new Int32Array(NODES_FIRST);
  /** The next worker that has the same block. */
  #sibling = new Int32Array(NODES_FIRST);
  #nodesUsed = 0;
  #free = NONE;
  #nodes = 0;
  // The table from a hash to its first node.
  #heads = new Int32Array(NODES_FIRST * TABLE_FACTOR).fill(NONE);
  #holders = new Int32Array(NODES_FIRST * TABLE_FACTOR);
  #mask = NODES_FIRST * TABLE_FACTOR - 1;
  #hashes = 0;
  // By worker.
  #oldest = new Int32Array(SLOTS_FIRST).fill(NONE);
  #newest = new Int32Array(SLOTS_FIRST).fill(NONE);
  #size = new Int32Array(SLOTS_FIRST);
  #run = new Int32Array(SLOTS_FIRST);
  #runRound = new Int32Array(SLOTS_FIRST);
  readonly #freeSlots: number[] = [];
  #slots = 0;
  #round = 0;

  /** Blocks at workers, all together. */
  get size(): number {
    return this.#nodes;
  }

  /** A number for a worker; small, and used again after `removeSlot`. */
  addSlot(): number {
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    if (slot >= this.#size.length) this.#growSlots();
    return slot;
  }

  removeSlot(slot: number): void {
    this.clear(slot);
    this.#freeSlots.push(slot);
  }

  sizeOf(slot: number): number {
    return this.#size[slot] ?? 0;
  }

  /** Finds, for every worker at once, how many leading blocks it has; `runOf` tells it until the next call. */
  match(blocks: readonly number[]): void {
    this.#round = (this.#round + 1) | 0;
    let deep = this.#knownLength(blocks) - 1;
    if (deep < 0) return;
    const most = this.#holdersOf(blocks[0] as number);
    let known = this.#mark(blocks, deep);
    while (known < most) {
      // The last block that more workers have than the one below it: those end here.
      let low = 0;
      let high = deep - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (this.#holdersOf(blocks[middle] as number) > known) low = middle;
        else high = middle - 1;
      }
      deep = low;
      known = this.#mark(blocks, deep);
    }
  }

  /** Leading blocks of the last `match` that this worker has. */
  runOf(slot: number): number {
    return this.#runRound[slot] === this.#round ? (this.#run[slot] as number) : 0;
  }

  /** The prompt goes to the worker, which can hold `limit` blocks. */
  touch(slot: number, blocks: readonly number[], limit: number): void {
    for (let i = Math.min(blocks.length, limit) - 1; i >= 0; i--) {
      const hash = blocks[i] as number;
      const place = this.#placeOf(hash);
      const node = this.#nodeAt(place, slot);
      if (node === NONE) this.#add(slot, hash);
      else if (node !== this.#newest[slot]) {
        this.#unlink(node);
        this.#append(node);
      }
    }
    while ((this.#size[slot] as number) > limit) this.#remove(this.#oldest[slot] as number);
  }

  /** The worker started again: its cache is empty. */
  clear(slot: number): void {
    while ((this.#size[slot] as number) > 0) this.#remove(this.#oldest[slot] as number);
  }

  /** How many leading blocks any worker has. Whoever has a block has all before it, so this may be halved. */
  #knownLength(blocks: readonly number[]): number {
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#holdersOf(blocks[middle] as number) > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #holdersOf(hash: number): number {
    const place = this.#placeOf(hash);
    return this.#heads[place] === NONE ? 0 : (this.#holders[place] as number);
  }

  /** Notes the end of those that have this block and none below it; gives how many have it. */
  #mark(blocks: readonly number[], index: number): number {
    const place = this.#placeOf(blocks[index] as number);
    for (let node = this.#heads[place] as number; node !== NONE; node = this.#sibling[node] as number) {
      const slot = this.#slotOf[node] as number;
      if (this.#runRound[slot] === this.#round) continue;
      this.#runRound[slot] = this.#round;
      this.#run[slot] = index + 1;
    }
    return this.#holders[place] as number;
  }

  /** Where the hash stands in the table, or where it would. */
  #placeOf(hash: number): number {
    const heads = this.#heads;
    for (let place = mixed(hash) & this.#mask; ; place = (place + 1) & this.#mask) {
      const head = heads[place] as number;
      if (head === NONE || this.#hash[head] === hash) return place;
    }
  }

  #nodeAt(place: number, slot: number): number {
    let node = this.#heads[place] as number;
    while (node !== NONE && this.#slotOf[node] !== slot) node = this.#sibling[node] as number;
    return node;
  }

  #add(slot: number, hash: number): void {
    const node = this.#newNode();
    const place = this.#placeOf(hash);
    if (this.#heads[place] === NONE) {
      this.#hashes++;
      this.#holders[place] = 0;
    }
    this.#hash[node] = hash;
    this.#slotOf[node] = slot;
    this.#sibling[node] = this.#heads[place] as number;
    this.#heads[place] = node;
    this.#holders[place] = (this.#holders[place] as number) + 1;
    this.#append(node);
    this.#size[slot] = (this.#size[slot] as number) + 1;
    this.#nodes++;
  }

  #remove(node: number): void {
    const slot = this.#slotOf[node] as number;
    const place = this.#placeOf(this.#hash[node] as number);
    let before = NONE;
    for (let at = this.#heads[place] as number; at !== node; at = this.#sibling[at] as number) before = at;
    if (before === NONE) this.#heads[place] = this.#sibling[node] as number;
    else this.#sibling[before] = this.#sibling[node] as number;
    this.#holders[place] = (this.#holders[place] as number) - 1;
    if (this.#heads[place] === NONE) this.#closeGap(place);
    this.#unlink(node);
    this.#size[slot] = (this.#size[slot] as number) - 1;
    this.#nodes--;
    this.#sibling[node] = this.#free;
    this.#free = node;
  }

  /** Moves those behind an emptied place forward, so that searches may stop at the first empty one. */
  #closeGap(emptied: number): void {
    this.#hashes--;
    let gap = emptied;
    for (let place = (gap + 1) & this.#mask; ; place = (place + 1) & this.#mask) {
      const head = this.#heads[place] as number;
      if (head === NONE) return;
      const home = mixed(this.#hash[head] as number) & this.#mask;
      // It may move when its home does not lie between the gap and its present place.
      if (((place - home) & this.#mask) < ((place - gap) & this.#mask)) continue;
      this.#heads[gap] = head;
      this.#holders[gap] = this.#holders[place] as number;
      this.#heads[place] = NONE;
      gap = place;
    }
  }

  #append(node: number): void {
    const slot = this.#slotOf[node] as number;
    const newest = this.#newest[slot] as number;
    this.#older[node] = newest;
    this.#newer[node] = NONE;
    if (newest === NONE) this.#oldest[slot] = node;
    else this.#newer[newest] = node;
    this.#newest[slot] = node;
  }

  #unlink(node: number): void {
    const slot = this.#slotOf[node] as number;
    const older = this.#older[node] as number;
    const newer = this.#newer[node] as number;
    if (older === NONE) this.#oldest[slot] = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest[slot] = older;
    else this.#older[newer] = older;
  }

  #newNode(): number {
    if (this.#hashes * TABLE_FACTOR >= this.#heads.length) this.#growTable();
    if (this.#free !== NONE) {
      const node = this.#free;
      this.#free = this.#sibling[node] as number;
      return node;
    }
    if (this.#nodesUsed === this.#hash.length) this.#growNodes();
    return this.#nodesUsed++;
  }

  #growNodes(): void {
    const length = this.#hash.length * 2;
    const hash = new Float64Array(length);
    hash.set(this.#hash);
    this.#hash = hash;
    this.#slotOf = grown(this.#slotOf, length);
    this.#older = grown(this.#older, length);
    this.#newer = grown(this.#newer, length);
    this.#sibling = grown(this.#sibling, length);
  }

  #growTable(): void {
    const heads = this.#heads;
    const holders = this.#holders;
    this.#heads = new Int32Array(heads.length * 2).fill(NONE);
    this.#holders = new Int32Array(heads.length * 2);
    this.#mask = this.#heads.length - 1;
    for (let place = 0; place < heads.length; place++) {
      const head = heads[place] as number;
      if (head === NONE) continue;
      const to = this.#placeOf(this.#hash[head] as number);
      this.#heads[to] = head;
      this.#holders[to] = holders[place] as number;
    }
  }

  #growSlots(): void {
    const length = this.#size.length * 2;
    const from = this.#size.length;
    this.#oldest = grown(this.#oldest, length).fill(NONE, from);
    this.#newest = grown(this.#newest, length).fill(NONE, from);
    this.#size = grown(this.#size, length);
    this.#run = grown(this.#run, length);
    this.#runRound = grown(this.#runRound, length);
  }
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

function mixed(hash: number): number {
  const low = hash | 0;
  const high = (hash / 4_294_967_296) | 0;
  const value = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return value ^ (value >>> 15);
}
