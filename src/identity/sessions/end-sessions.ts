/** Ends sessions at once: other processes hear of it by notification and close their streams. */
import { notify } from '#database/channels.ts';
import type { Database, Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { SessionId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import {
  endSessionsInOrganisation as endRowsInOrganisation,
  endSessionOfUser,
  endSessionsOfUser,
} from './session-store.ts';

/** @throws session.not_found, also for another's */
export async function endSession(db: Database, userId: UserId, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    if (!(await endSessionOfUser(tx, userId, id))) throw new AppError('session.not_found');
    await notify(tx, 'keys');
  });
}

/** All of a user but one. @returns how many there were */
export async function endAllSessions(tx: Transaction, userId: UserId, exceptId?: SessionId): Promise<number> {
  const ended = await endSessionsOfUser(tx, userId, exceptId);
  if (ended > 0) await notify(tx, 'keys');
  return ended;
}

/** Those in which a user acts in this organisation, such as when their role there was raised. */
export async function endSessionsInOrganisation(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
): Promise<number> {
  const ended = await endRowsInOrganisation(tx, scope, userId);
  if (ended > 0) await notify(tx, 'keys');
  return ended;
}
