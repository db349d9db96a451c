/** The desk of an api process, for tests: without its background work, so that nothing outlives the test. */

import type { HeartbeatRequest } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { HeartbeatDesk } from '../heartbeats/heartbeat-desk.ts';
import type { SampleSink } from '../series/sample-sink.ts';
import { KEYS, SETTINGS } from './bench.ts';

export class CountingSink implements SampleSink {
  readonly samples: { id: string; atMs: number; sample: HeartbeatRequest['sample'] }[] = [];

  add(worker: { readonly instanceId: string }, atMs: number, sample: HeartbeatRequest['sample']): void {
    this.samples.push({ id: worker.instanceId, atMs, sample });
  }
}

const desks = new WeakMap<Database, HeartbeatDesk>();

/** One per database. */
export function deskOf(env: Env, db: Database): HeartbeatDesk {
  const desk = desks.get(db) ?? makeDesk(env, db);
  desks.set(db, desk);
  return desk;
}

export function makeDesk(
  env: Env,
  db: Database,
  change: { settings?: typeof SETTINGS; samples?: SampleSink } = {},
): HeartbeatDesk {
  const samples = change.samples ?? new CountingSink();
  const settings = change.settings ?? SETTINGS;
  return new HeartbeatDesk({ env, db, settings, controlKey: KEYS.control, samples });
}
