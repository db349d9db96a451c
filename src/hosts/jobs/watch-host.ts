/** Tells when the agent of a machine does not ask any more. An agent that comes back asks for this watch itself. */
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import type { Clock } from '#kernel/env.ts';
import { isId } from '#kernel/ids.ts';
import { selectAgentHost } from '../agent-store.ts';
import { announceHost } from '../announce-hosts.ts';
import { WATCH_HOST } from '../commands/enrol-host.ts';
import { SILENT_AFTER_MS } from '../host-store.ts';

export interface WatchHostDeps {
  readonly env: { readonly clock: Clock };
  readonly db: Database;
}

const ROUND_MS = 5_000;

/** The subject is the host's id. */
export function watchHostHandler({ env, db }: WatchHostDeps): JobHandler {
  return {
    kind: WATCH_HOST,
    async run(lease) {
      const { subjectId: id, orgId } = lease;
      if (orgId === undefined || !isId('organisation', orgId)) throw new Error(`not a host: ${id} ${orgId}`);
      const host = await selectAgentHost(db, id);
      if (!host) return { done: true };
      if (!host.isSilent) {
        const heardMs = env.clock.now() - (host.seenAt?.getTime() ?? 0);
        return { againInMs: Math.max(ROUND_MS, SILENT_AFTER_MS - heardMs) };
      }
      await lease.apply((tx) => announceHost(tx, { orgId }, id, lease.correlationId));
      return { done: true };
    },
  };
}
