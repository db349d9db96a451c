/** Ends one session at once: other processes hear of it by notification and close its streams. */
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import type { SessionId } from '#kernel/ids.ts';
import { revokeSession } from '../store.ts';

export async function logout(db: Database, id: SessionId): Promise<void> {
  await db.transaction(async (tx) => {
    if (await revokeSession(tx, id)) await notify(tx, 'keys');
  });
}
