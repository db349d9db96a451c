/**
 * Signs of life of the control plane. This process also remembers its own last one: a database that remembers less
 * lost what was written after it, whether by a restored backup or by a replica that took over too early.
 */
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { type Epoch, signOfLife } from '../store/epochs.ts';

export interface LifeKeeper {
  /** The last sign of life that was committed, in the database's time. */
  aliveMs: number | null;
}

export function newLifeKeeper(): LifeKeeper {
  return { aliveMs: null };
}

export async function beginEpoch(
  deps: { readonly env: Env; readonly db: Database },
  life: LifeKeeper,
): Promise<Epoch> {
  const epoch = await deps.db.transaction((tx) => signOfLife(tx, life.aliveMs));
  life.aliveMs = epoch.aliveUntilMs;
  // The first one of an installation has no absence behind it.
  if (epoch.isNew && epoch.number > 1)
    deps.env.log.warn({ epoch: epoch.number }, 'the control plane was away: a new epoch begins');
  return epoch;
}
