import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_SLOT, SlotList, type Slotted } from './slot-list.ts';

test('it holds what a set would hold', () => {
  const step = fc.record({ isAdd: fc.boolean(), which: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const items: Slotted[] = Array.from({ length: 10 }, () => ({ slot: NO_SLOT }));
      const list = new SlotList<Slotted>();
      const model = new Set<Slotted>();
      for (const { isAdd, which } of steps) {
        const item = items[which] as Slotted;
        if (isAdd) {
          list.add(item);
          model.add(item);
        } else {
          assert.equal(list.delete(item), model.delete(item));
        }
        const seen = new Set<Slotted>();
        list.forEach((each) => void seen.add(each));
        assert.deepEqual([list.size, seen], [model.size, model]);
      }
    }),
  );
});

test('who is visited may leave', () => {
  const items: Slotted[] = Array.from({ length: 5 }, () => ({ slot: NO_SLOT }));
  const list = new SlotList<Slotted>();
  for (const item of items) list.add(item);
  let visits = 0;
  list.forEach((item) => {
    visits++;
    list.delete(item);
  });
  assert.deepEqual([visits, list.size], [5, 0]);
});
