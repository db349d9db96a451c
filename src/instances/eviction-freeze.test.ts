import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideFreeze, type HearingFacts } from './eviction-freeze.ts';

const LIMITS = { percent: 20, min: 3, graceMs: 300_000 };
const CALM: HearingFacts = { fleet: 100, silent: 0, backForMs: 400_000, laggedAgoMs: null };

test('a fleet that falls silent at once is not to blame', () => {
  assert.equal(decideFreeze(CALM, LIMITS), undefined);
  assert.equal(decideFreeze({ ...CALM, silent: 20 }, LIMITS), undefined, 'a fifth is not more than a fifth');
  assert.equal(decideFreeze({ ...CALM, silent: 21 }, LIMITS), 'fleet_silent');
  assert.equal(decideFreeze({ ...CALM, fleet: 2, silent: 2 }, LIMITS), undefined, 'two may well be dead');
  assert.equal(decideFreeze({ ...CALM, fleet: 3, silent: 3 }, LIMITS), 'fleet_silent');
});

test('after a lag or a return there is time to be heard again, and then it ends', () => {
  assert.equal(decideFreeze({ ...CALM, laggedAgoMs: 299_999 }, LIMITS), 'orchestrator_late');
  assert.equal(decideFreeze({ ...CALM, laggedAgoMs: 300_000 }, LIMITS), undefined);
  assert.equal(decideFreeze({ ...CALM, backForMs: 0 }, LIMITS), 'control_plane_back');
  assert.equal(decideFreeze({ ...CALM, backForMs: 300_000 }, LIMITS), undefined);
  assert.equal(decideFreeze({ ...CALM, backForMs: 0 }, { ...LIMITS, graceMs: 0 }), undefined);
});

test('more silence never thaws, and nobody silent with a calm control plane never freezes', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(100), (fleet, silent, more) => {
      const facts = { ...CALM, fleet, silent };
      if (decideFreeze(facts, LIMITS) !== undefined) {
        assert.equal(decideFreeze({ ...facts, silent: silent + more }, LIMITS), 'fleet_silent');
      }
      assert.equal(decideFreeze({ ...facts, silent: 0 }, LIMITS), undefined);
    }),
  );
});
