import type { Queryable } from './database.ts';

/** Notifications are hints that a table changed; who listens reads the table. */
export const CHANNELS = {
  jobs: 'inv_jobs',
  events: 'inv_events',
  /** Workers, models or instances changed: gateways read the routing snapshot again. */
  routing: 'inv_routing',
  /** API keys or sessions changed: gateways read the keys again. */
  keys: 'inv_keys',
  /** Values of settings changed: every process reads them again. */
  settings: 'inv_settings',
  /** A worker's token or orders changed: the api forgets what it knows of it. Sent by triggers. */
  workers: 'inv_workers',
} as const;

export type Channel = keyof typeof CHANNELS;

/** Delivered when the surrounding transaction commits. */
export async function notify(db: Queryable, channel: Channel, payload = ''): Promise<void> {
  await db.query('select pg_notify($1, $2)', [CHANNELS[channel], payload]);
}
