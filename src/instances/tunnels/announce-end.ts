/** A gateway process says where workers may dial it, as long as it lives. A hint: who dials finds out whether it is so. */
import type { TunnelEnd } from '#contracts/tunnel.ts';
import type { Queryable } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { deleteOldTunnelEnds, deleteTunnelEnd, upsertTunnelEnd } from './tunnel-end-store.ts';

/** Who has not said for so long that it lives is dialled no more. */
export const SILENT_END_MS = 15_000;
const AGAIN_MS = 4_000;
const FORGOTTEN_MS = 300_000;

export interface Announcement {
  /** It takes no new tunnels: nobody is sent there any more. */
  stop(): Promise<void>;
}

/** Resolves when it was said the first time, or could not be; it is said again in any case. */
export async function announceTunnelEnd(env: Env, db: Queryable, end: TunnelEnd): Promise<Announcement> {
  const stopping = new AbortController();
  const say = async () => {
    try {
      await upsertTunnelEnd(db, end);
      await deleteOldTunnelEnds(db, FORGOTTEN_MS);
    } catch (error) {
      if (!stopping.signal.aborted) {
        env.log.warn({ error: messageOf(error) }, 'workers could not be told where to dial this gateway');
      }
    }
  };
  await say();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await env.sleep(AGAIN_MS, stopping.signal).catch(() => undefined);
      if (!stopping.signal.aborted) await say();
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
      // What is left is silent soon.
      await deleteTunnelEnd(db, end.id).catch(() => undefined);
    },
  };
}
