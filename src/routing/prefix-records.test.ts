import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PrefixRecords } from './prefix-records.ts';

/** The plain form of the same: a list of hashes for each worker, oldest first. */
class PlainRecords {
  readonly #lists = new Map<number, number[]>();

  touch(slot: number, blocks: readonly number[], limit: number): void {
    let list = this.#lists.get(slot) ?? [];
    for (const block of blocks.slice(0, limit).reverse()) {
      list = [...list.filter((one) => one !== block), block];
    }
    this.#lists.set(slot, list.slice(Math.max(0, list.length - limit)));
  }

  clear(slot: number): void {
    this.#lists.delete(slot);
  }

  runOf(slot: number, blocks: readonly number[]): number {
    const list = this.#lists.get(slot) ?? [];
    const missing = blocks.findIndex((block) => !list.includes(block));
    return missing < 0 ? blocks.length : missing;
  }

  get size(): number {
    return [...this.#lists.values()].reduce((sum, list) => sum + list.length, 0);
  }
}

/** Chained as real hashes are: block i of a family after a fork differs from that of all others. */
function promptOf(family: number, fork: number, length: number): number[] {
  return Array.from({ length }, (_, i) => (i < 3 ? family * 1_000 + i : family * 1_000 + fork * 100 + i) + 1);
}

const step = fc.record({
  does: fc.constantFrom('touch', 'touch', 'touch', 'touch', 'clear'),
  slot: fc.nat(4),
  family: fc.nat(3),
  fork: fc.nat(4),
  length: fc.nat(12),
  limit: fc.constantFrom(1, 4, 9, 30),
});

test('whatever is sent where, runs and sizes are those of a plain list for each worker', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
      const records = new PrefixRecords();
      const plain = new PlainRecords();
      const slots = Array.from({ length: 5 }, () => records.addSlot());
      for (const { does, slot, family, fork, length, limit } of steps) {
        const prompt = promptOf(family, fork, length);
        if (does === 'clear') {
          records.clear(slot);
          plain.clear(slot);
        } else {
          records.touch(slot, prompt, limit);
          plain.touch(slot, prompt, limit);
        }
        records.match(prompt);
        for (const one of slots) assert.equal(records.runOf(one), plain.runOf(one, prompt));
        assert.equal(records.size, plain.size);
      }
    }),
    { numRuns: 200 },
  );
});

test('thousands of workers and prompts: nothing is lost while it grows, nothing is left when they are gone', () => {
  const records = new PrefixRecords();
  const slots = Array.from({ length: 2_000 }, () => records.addSlot());
  const prompt = (slot: number) => Array.from({ length: 30 }, (_, i) => (i < 5 ? i : slot * 2 ** 21 + i) + 1);
  for (const slot of slots) records.touch(slot, prompt(slot), 20);
  assert.equal(records.size, 2_000 * 20);
  for (const slot of slots.filter((one) => one % 97 === 0)) {
    records.match(prompt(slot));
    assert.equal(records.runOf(slot), 20);
    assert.equal(records.runOf((slot + 1) % 2_000), 5);
  }
  for (const slot of slots) records.removeSlot(slot);
  assert.equal(records.size, 0);
  assert.ok(slots.includes(records.addSlot()));
});
