import assert from 'node:assert/strict';
import { neededRights } from './inspection.ts';
import { type Bench, rejects } from './provider-bench.ts';
import { it } from './provider-suite-case.ts';

/** What every adapter must say of the account that it was given. */
export const INSPECT_SECTIONS = [describeInspect];

function describeInspect(current: () => Bench): void {
  it('an inspection names the account, each needed right once, and every zone, and says the same twice', async () => {
    const { provider, harness, context } = current();
    const first = await provider.inspect(context());
    assert.ok(first.identity.account.length > 0);
    const needed = first.rights.filter(({ isNeeded }) => isNeeded);
    assert.deepEqual(
      needed.filter(({ state }) => state === 'missing'),
      [],
    );
    const told = new Set(needed.map(({ right }) => right));
    for (const right of neededRights(provider.capabilities)) assert.ok(told.has(right), right);
    const names = first.rights.map(({ right, name }) => `${right} ${name}`);
    assert.equal(new Set(names).size, names.length);
    const zones = first.zones.filter(({ isReachable }) => isReachable).map(({ zone }) => zone);
    for (const zone of harness.zones) assert.ok(zones.includes(zone), zone);
    for (const { limit, used } of first.quotas) assert.ok(limit >= 0 && (used === null || used >= 0));
    assert.deepEqual((await provider.inspect(context())).identity, first.identity);
  });

  it('a wrong credential cannot be inspected, and neither can a provider that is away', async () => {
    const { harness, context } = current();
    const error = await rejects(harness.intruder.inspect(context()), 'auth', false);
    assert.ok(!JSON.stringify([error.message, error.facts, error.stack]).includes('wrong-secret'));
    await rejects(harness.unreachable.inspect(context()), 'retryable', false);
  });
}
