/**
 * Wants gone what an organisation still has at providers, some at a time: machines are told to end, and kept volumes
 * to be deleted once nothing uses them. Said twice it is said once; that they are gone is proven by their own jobs.
 */
import type { Queryable, Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { selectRemainingMachines, selectRemainingVolumes } from '../store/organisation-remains.ts';
import { deleteVolume } from './delete-volume.ts';
import { terminateInstance } from './terminate-instance.ts';

/** One transaction holds at most this many rows. */
const AT_ONCE = 50;
/** More than this is told as this. */
const COUNTED_MAX = 10_000;

export async function endRemains(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  by: Actor,
): Promise<void> {
  for (const machine of await selectRemainingMachines(tx, scope, AT_ONCE)) {
    if (!machine.isEnding) await terminateInstance(env, tx, scope, machine.id, by);
  }
  for (const volume of await selectRemainingVolumes(tx, scope, AT_ONCE)) {
    if (volume.isKept) await deleteVolume(env, tx, scope, volume.id, by);
  }
}

export async function countRemains(
  db: Queryable,
  scope: OrgScope,
): Promise<{ readonly machines: number; readonly volumes: number }> {
  const machines = await selectRemainingMachines(db, scope, COUNTED_MAX);
  const volumes = await selectRemainingVolumes(db, scope, COUNTED_MAX);
  return { machines: machines.length, volumes: volumes.length };
}
