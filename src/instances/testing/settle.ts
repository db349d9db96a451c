/** Runs the job until it has nothing left to do beside the machine. For tests only. */
import assert from 'node:assert/strict';
import type { InstanceId } from '#kernel/ids.ts';
import { isAnythingLeft, releaseStrays } from '../reconcile/decide-release.ts';
import { nothingSeen } from '../reconcile/situation.ts';
import { type Bench, Crash, reconcile, recordOf } from './bench.ts';

export async function settle(bench: Bench, id: InstanceId): Promise<void> {
  for (let round = 0; round < 400; round++) {
    if (await isSettled(bench, id)) return;
    try {
      const outcome = await reconcile(bench, id);
      if ('againInMs' in outcome) await bench.env.sleep(Math.min(outcome.againInMs, 10));
    } catch (error) {
      if (!(error instanceof Crash)) await bench.env.sleep(2);
    }
  }
  assert.fail(`${id} leaves something behind: ${bench.provider.calls.slice(-8)}`);
}

async function isSettled(bench: Bench, id: InstanceId): Promise<boolean> {
  const record = await recordOf(bench, id);
  const { provider, settings } = bench;
  const limits = { ...settings, absenceWindowMs: settings.absenceWindowMs };
  const situation = { ...record, limits, capabilities: provider.capabilities, freeze: undefined };
  return record.instance.state === 'provisioning_failed'
    ? !isAnythingLeft(situation)
    : releaseStrays(situation, nothingSeen()).do === 'rest';
}
