import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceState, InstanceView } from '#contracts/instances.ts';
import type { DeploymentView } from '#contracts/management.ts';
import { healthOf } from './deployment-health.ts';
import { pricePerHour } from './deployment-money.ts';

function deployment(states: InstanceState[], part: Partial<DeploymentView> = {}): DeploymentView {
  const instances = states.map((state) => ({ state, price_micros_per_hour: 1_000 }) as InstanceView);
  return { status: 'active', replicas: 3, instances, ...part } as DeploymentView;
}

test('trouble is told before progress, and progress before rest', () => {
  assert.equal(healthOf(deployment(['ready', 'ready', 'ready'])), 'ready');
  assert.equal(healthOf(deployment(['ready', 'booting', 'ready'])), 'starting');
  assert.equal(healthOf(deployment(['ready', 'booting', 'worker_dead'])), 'partial');
  assert.equal(healthOf(deployment(['booting', 'booting', 'startup_failed'])), 'broken');
  assert.equal(healthOf(deployment(['ready', 'terminated', 'terminated'])), 'partial');
  assert.equal(healthOf(deployment(['draining', 'terminated', 'terminated'])), 'ending');
  assert.equal(healthOf(deployment(['terminated', 'terminated', 'terminated'])), 'empty');
});

test('what was ended stays so, whatever its machines still do', () => {
  assert.equal(healthOf(deployment(['ready', 'draining'], { status: 'terminating' })), 'ending');
  assert.equal(healthOf(deployment(['terminated'], { status: 'terminated' })), 'ended');
});

test('the price per hour is that of the machines that are or will be there, unknown as soon as one is', () => {
  assert.equal(pricePerHour(deployment(['ready', 'provisioning', 'terminated'])), 2_000);
  assert.equal(pricePerHour(deployment(['terminated'])), 0);
  const unpriced = [{ state: 'ready', price_micros_per_hour: null } as InstanceView];
  assert.equal(pricePerHour(deployment([], { instances: unpriced })), null);
});
