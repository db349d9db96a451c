import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AttemptId, InstanceId, OrgId, VolumeId } from '#kernel/ids.ts';
import { type OwnedResource, RESOURCE_KINDS } from '#providers/provider.ts';
import { keyOf, planSweep, type SweepFacts } from './plan.ts';
import { planRenewals } from './plan-renewals.ts';
import type { KnownAttempt, KnownInstance, KnownVolume, SweepRows } from './rows.ts';

const NOW = 1_000_000_000;
const GRACE = 180_000;
const FACTS: SweepFacts = {
  installation: 'ins_a',
  startedAtMs: NOW,
  graceMs: GRACE,
  breakerMin: 3,
  breakerPercent: 20,
  gaps: [],
  approved: new Set(),
};
const NOTHING: SweepRows = { attempts: [], volumes: [], instances: [] };

function listed(change: Partial<OwnedResource> & { id?: string; attempt?: string; instance?: string } = {}) {
  const { id = 's1', attempt = 'att_1', instance = 'inst_1', ...rest } = change;
  return {
    kind: 'server',
    ref: { id, zone: 'z' },
    owner: { installation: 'ins_a', instance, attempt, expiresAtMs: NOW + 1e9 },
    attachedTo: undefined,
    createdAtMs: NOW - 2 * GRACE,
    ...rest,
  } as OwnedResource;
}

function attemptRow(change: Partial<KnownAttempt> = {}): KnownAttempt {
  return {
    id: 'att_1' as AttemptId,
    orgId: 'org_1' as OrgId,
    instanceId: 'inst_1' as InstanceId,
    kind: 'server',
    zone: 'z',
    state: 'present',
    providerRef: 's1',
    refusalKind: null,
    calledAtMs: NOW - 3 * GRACE,
    resolvedAtMs: NOW - 2 * GRACE,
    deleteCalledAtMs: null,
    isInstanceFinal: false,
    isOfAccount: true,
    ...change,
  };
}

function volumeRow(change: Partial<KnownVolume> = {}): KnownVolume {
  return {
    id: 'vol_1' as VolumeId,
    orgId: 'org_1' as OrgId,
    instanceId: 'inst_1' as InstanceId,
    zone: 'z',
    providerRef: 'v1',
    isKept: false,
    isDeleteAsked: false,
    isDeleted: false,
    deletedAtMs: null,
    createdAtMs: NOW - 2 * GRACE,
    deleteCalledAtMs: null,
    isInstanceFinal: false,
    isOfAccount: true,
    ...change,
  };
}

function instanceRow(change: Partial<KnownInstance> = {}): KnownInstance {
  return {
    id: 'inst_1' as InstanceId,
    orgId: 'org_1' as OrgId,
    isFinal: false,
    isEnding: false,
    priceNanosPerHour: null,
    priceCurrency: null,
    ...change,
  };
}

const whyOf = (resources: OwnedResource[], rows: Partial<SweepRows>, facts: Partial<SweepFacts> = {}) =>
  planSweep(resources, { ...NOTHING, ...rows }, { ...FACTS, ...facts }).verdicts.map(
    ({ orphan }) => orphan.why,
  );

test('each way of being an orphan has its reason', () => {
  assert.deepEqual(whyOf([listed()], {}), ['order_unknown']);
  assert.deepEqual(whyOf([listed({ id: 's2' })], { attempts: [attemptRow()] }), ['stray_of_order']);
  const absent = attemptRow({ state: 'absent', providerRef: null });
  assert.deepEqual(whyOf([listed()], { attempts: [absent] }), ['seen_after_absence']);
  assert.deepEqual(whyOf([listed()], { attempts: [attemptRow({ isInstanceFinal: true })] }), [
    'instance_ended',
  ]);
  const volume = listed({ kind: 'volume', id: 'v1' });
  const ended = { instances: [instanceRow({ isFinal: true })] };
  assert.deepEqual(whyOf([volume], { ...ended, volumes: [volumeRow({ isInstanceFinal: true })] }), [
    'instance_ended',
  ]);
  assert.deepEqual(whyOf([volume], { ...ended, volumes: [volumeRow({ isDeleted: true })] }), [
    'seen_after_absence',
  ]);
  assert.deepEqual(whyOf([volume], ended), ['instance_ended']);
});

test('what was proven gone after the listing began is none, and one that was before is', () => {
  const late = { state: 'absent', providerRef: 's1', resolvedAtMs: NOW + 5 } as const;
  assert.deepEqual(whyOf([listed()], { attempts: [attemptRow(late)] }), []);
  const early = { ...late, resolvedAtMs: NOW - 1 };
  assert.deepEqual(whyOf([listed()], { attempts: [attemptRow(early)] }), ['seen_after_absence']);
  const volume = listed({ kind: 'volume', id: 'v1' });
  const deleted = (deletedAtMs: number) => ({ volumes: [volumeRow({ isDeleted: true, deletedAtMs })] });
  assert.deepEqual(whyOf([volume], deleted(NOW)), []);
  assert.deepEqual(whyOf([volume], deleted(NOW - 1)), ['seen_after_absence']);
});

test('what may be wanted is none', () => {
  for (const state of ['open', 'called'] as const) {
    assert.deepEqual(whyOf([listed()], { attempts: [attemptRow({ state, providerRef: null })] }), [], state);
  }
  assert.deepEqual(whyOf([listed()], { attempts: [attemptRow()] }), []);
  const root = listed({ kind: 'volume', id: 'v1', attachedTo: 's1', instance: 'inst_gone' });
  assert.deepEqual(whyOf([listed(), root], { attempts: [attemptRow()] }), []);
  const kept = volumeRow({ isKept: true, isInstanceFinal: true });
  assert.deepEqual(whyOf([listed({ kind: 'volume', id: 'v1' })], { volumes: [kept] }), []);
  const asked = volumeRow({ isKept: true, isInstanceFinal: true, isDeleteAsked: true });
  assert.deepEqual(whyOf([listed({ kind: 'volume', id: 'v1' })], { volumes: [asked] }), []);
});

test('the volume of a second server goes with it, and is never taken for the own one of the instance', () => {
  const rows = {
    attempts: [attemptRow()],
    instances: [instanceRow()],
  };
  const second = listed({ id: 's2' });
  const root = listed({ kind: 'volume', id: 'v2', attachedTo: 's2' });
  const plan = planSweep([listed(), second, root], { ...NOTHING, ...rows }, FACTS);
  assert.deepEqual(
    plan.verdicts.map(({ orphan }) => [orphan.resource.ref.id, orphan.why]),
    [
      ['s2', 'stray_of_order'],
      ['v2', 'stray_of_order'],
    ],
  );
  assert.deepEqual(plan.adoptions, []);
});

test('grace is by age at the beginning of the listing; a date that is none is young', () => {
  assert.deepEqual(whyOf([listed({ createdAtMs: NOW - GRACE })], {}), ['order_unknown']);
  for (const createdAtMs of [NOW - GRACE + 1, NOW + 5_000, Number.NaN]) {
    assert.deepEqual(whyOf([listed({ createdAtMs })], {}), [], String(createdAtMs));
  }
});

test('the same id in another zone is another thing', () => {
  const elsewhere = { ...listed({ attempt: 'att_x', instance: 'inst_x' }), ref: { id: 's1', zone: 'y' } };
  assert.deepEqual(whyOf([elsewhere], { attempts: [attemptRow()] }), ['order_unknown']);
});

test('an unknown order from an unconfirmed gap holds the whole account; one from outside does not', () => {
  const gap = { epoch: 2, fromMs: NOW - 10 * GRACE, toMs: NOW - 5 * GRACE };
  const inGap = listed({ createdAtMs: NOW - 7 * GRACE });
  const rest = listed({ id: 's2', attempt: 'att_2' });
  const rows = {
    ...NOTHING,
    attempts: [attemptRow({ id: 'att_2' as AttemptId, state: 'absent', providerRef: 's2' })],
  };
  const plan = planSweep([inGap, rest], rows, { ...FACTS, gaps: [gap] });
  assert.equal(plan.held, 'restored');
  assert.deepEqual(
    plan.verdicts.map((one) => [one.orphan.why, one.isHeld]),
    [
      ['created_in_gap', true],
      ['seen_after_absence', true],
    ],
  );
  assert.equal(planSweep([inGap, rest], rows, FACTS).held, undefined, 'once confirmed');
  const before = listed({ createdAtMs: NOW - 12 * GRACE });
  assert.equal(planSweep([before], NOTHING, { ...FACTS, gaps: [gap] }).held, undefined);
  const ever = { epoch: 1, fromMs: null, toMs: NOW - 5 * GRACE };
  assert.equal(planSweep([before], NOTHING, { ...FACTS, gaps: [ever] }).held, 'restored');
});

test('the breaker counts what is new, and lets go what was confirmed', () => {
  const many = Array.from({ length: 4 }, (_, index) => listed({ id: `s${index}` }));
  assert.equal(planSweep(many.slice(0, 3), NOTHING, FACTS).held, undefined);
  assert.equal(planSweep(many, NOTHING, FACTS).held, 'breaker');
  const approved = new Set(many.map(keyOf));
  assert.equal(planSweep(many, NOTHING, { ...FACTS, approved }).held, undefined);
  const more = [...many, ...Array.from({ length: 4 }, (_, index) => listed({ id: `t${index}` }))];
  const plan = planSweep(more, NOTHING, { ...FACTS, approved });
  assert.equal(plan.held, 'breaker');
  assert.equal(plan.verdicts.filter((one) => one.isHeld).length, 4);
});

test('missing are rows of this account that were there before the listing and are not ending', () => {
  const missing = (rows: Partial<SweepRows>) => planSweep([], { ...NOTHING, ...rows }, FACTS).missing.length;
  assert.equal(missing({ attempts: [attemptRow()], volumes: [volumeRow()] }), 2);
  assert.equal(missing({ attempts: [attemptRow({ isOfAccount: false })] }), 0);
  assert.equal(missing({ attempts: [attemptRow({ resolvedAtMs: NOW })] }), 0);
  assert.equal(missing({ attempts: [attemptRow({ deleteCalledAtMs: NOW })] }), 0);
  assert.equal(missing({ attempts: [attemptRow({ state: 'called' })] }), 0);
  assert.equal(missing({ volumes: [volumeRow({ isDeleted: true })] }), 0);
  assert.equal(missing({ volumes: [volumeRow({ isOfAccount: false })] }), 0);
});

const idOf = (letter: string) => fc.integer({ min: 0, max: 5 }).map((number) => `${letter}${number}`);
const resourceArb = fc.record({
  kind: fc.constantFrom(...RESOURCE_KINDS),
  id: idOf('r'),
  attempt: idOf('att_'),
  instance: idOf('inst_'),
  installation: fc.constantFrom('ins_a', 'ins_a', 'ins_b'),
  attachedTo: fc.option(idOf('r'), { nil: undefined }),
  ageMs: fc.integer({ min: -GRACE, max: 4 * GRACE }),
});
const listingArb = fc.uniqueArray(
  resourceArb.map(
    ({ id, attempt, instance, installation, ageMs, ...rest }): OwnedResource => ({
      ...rest,
      ref: { id, zone: 'z' },
      owner: { installation, instance, attempt, expiresAtMs: NOW },
      createdAtMs: NOW - ageMs,
    }),
  ),
  { selector: keyOf, maxLength: 25 },
);
const attemptsArb = fc.uniqueArray(
  fc
    .record({
      id: idOf('att_'),
      kind: fc.constantFrom(...RESOURCE_KINDS),
      state: fc.constantFrom('open', 'called', 'present', 'absent'),
      providerRef: fc.option(idOf('r')),
      isInstanceFinal: fc.boolean(),
      instanceId: idOf('inst_'),
    })
    .map((change) => attemptRow(change as Partial<KnownAttempt>)),
  { selector: (row) => row.id },
);
const volumesArb = fc.uniqueArray(
  fc
    .record({
      providerRef: idOf('r'),
      isKept: fc.boolean(),
      isDeleted: fc.boolean(),
      isInstanceFinal: fc.boolean(),
    })
    .map((change) => volumeRow(change)),
  { selector: (row) => row.providerRef },
);

test('whatever is listed and known: nothing wanted, in doubt, young or foreign is ever an orphan', () => {
  fc.assert(
    fc.property(listingArb, attemptsArb, volumesArb, (listing, attempts, volumes) => {
      const ids = new Set(attempts.map((row) => row.instanceId));
      const instances = [...ids].map((id) => instanceRow({ id }));
      const plan = planSweep(listing, { attempts, volumes, instances }, FACTS);
      for (const { orphan } of plan.verdicts) {
        const { resource } = orphan;
        assert.equal(resource.owner?.installation, 'ins_a');
        assert.ok(NOW - resource.createdAtMs >= GRACE);
        const own = attempts.filter(
          (row) => row.kind === resource.kind && row.id === resource.owner?.attempt,
        );
        const byRef = attempts.filter(
          (row) => row.kind === resource.kind && row.providerRef === resource.ref.id,
        );
        const newest = byRef.at(-1) ?? own[0];
        const isVolume = resource.kind === 'volume';
        const row = isVolume ? volumes.find((one) => one.providerRef === resource.ref.id) : undefined;
        if (row) assert.ok(row.isDeleted || (row.isInstanceFinal && !row.isKept));
        else if (newest) {
          assert.ok(!['open', 'called'].includes(newest.state));
          const isHeldByRow = newest.state === 'present' && newest.providerRef === resource.ref.id;
          assert.ok(!isHeldByRow || newest.isInstanceFinal);
        }
      }
      const fresh = plan.verdicts.filter((one) => !one.isHeld).length;
      assert.ok(fresh <= Math.max(3, plan.listed * 0.2));
      const seen = plan.wanted.length + plan.verdicts.length + plan.adoptions.length;
      assert.ok(seen <= plan.listed && plan.listed + plan.foreign === listing.length);
    }),
    { numRuns: 2_000 },
  );
});

test('a shorter listing never makes more orphans of what it still shows', () => {
  fc.assert(
    fc.property(listingArb, attemptsArb, volumesArb, fc.nat(), (listing, attempts, volumes, cut) => {
      const rows = { attempts, volumes, instances: [] };
      const open = { ...FACTS, breakerPercent: 100, breakerMin: 100 };
      const whole = new Set(
        planSweep(listing, rows, open).verdicts.map(({ orphan }) => keyOf(orphan.resource)),
      );
      const servers = listing.filter((one) => one.kind === 'server');
      const rest = listing.filter((one) => one.kind !== 'server');
      // Servers are kept: what hangs on a server is judged by it, which is why half a listing is never used.
      const shorter = [...servers, ...rest.slice(0, cut % (rest.length + 1))];
      for (const { orphan } of planSweep(shorter, rows, open).verdicts)
        assert.ok(whole.has(keyOf(orphan.resource)));
    }),
  );
});

test('what is wanted and has less than half of its life left is renewed; what is going is not', () => {
  const facts = { installation: 'ins_a', nowMs: NOW, lifeMs: 1_000_000 };
  const expiring = (leftMs: number, change: Parameters<typeof listed>[0] = {}) => {
    const resource = listed(change);
    return { ...resource, owner: resource.owner && { ...resource.owner, expiresAtMs: NOW + leftMs } };
  };
  const renewed = (resource: OwnedResource, rows: Partial<SweepRows>) =>
    planRenewals([resource], { ...NOTHING, ...rows }, facts);
  const rows = { attempts: [attemptRow()], instances: [instanceRow()] };
  assert.equal(renewed(expiring(500_000), rows).length, 0);
  assert.deepEqual(
    renewed(expiring(400_000), rows).map((one) => [one.newExpiresAtMs, one.isLate]),
    [[NOW + 1_000_000, false]],
  );
  assert.equal(renewed(expiring(200_000), rows)[0]?.isLate, true);
  assert.equal(renewed(expiring(0), {}).length, 0, 'an orphan');
  assert.equal(renewed(expiring(0), { ...rows, attempts: [attemptRow({ deleteCalledAtMs: 1 })] }).length, 0);
  assert.equal(renewed(expiring(0), { ...rows, instances: [instanceRow({ isEnding: true })] }).length, 0);
  const kept = volumeRow({ isKept: true, isInstanceFinal: true });
  const ended = [instanceRow({ isFinal: true, isEnding: true })];
  const volume = expiring(0, { kind: 'volume', id: 'v1' });
  assert.equal(renewed(volume, { volumes: [kept], instances: ended }).length, 1);
  const asked = { ...kept, isDeleteAsked: true };
  assert.equal(renewed(volume, { volumes: [asked], instances: ended }).length, 0);
});
