import type { Queryable } from '#database/database.ts';
import { type RealMachine, selectRealMachines } from './store/real-machines.ts';

export type { RealMachine };

/** What would be left alone, and go on costing, if the database were removed. */
export function listRealMachines(db: Queryable): Promise<RealMachine[]> {
  return selectRealMachines(db);
}
