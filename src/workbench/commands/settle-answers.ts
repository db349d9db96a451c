/**
 * Gives answers their figures: what the gateway and the ledger know of the request that gave them, never what a
 * browser says. Run twice it ends the same. A request that was made by somebody else, or in another organisation, is
 * looked for in vain like one that was made up, so nobody learns by it that there is such a request.
 */
import type { Queryable } from '#database/database.ts';
import { figuresOfRequests } from '#finops/queries.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type PendingAnswer, selectPendingOf, updateFigures } from '../message-store.ts';

const AT_ONCE_MAX = 200;
/** How far back a request is looked for in its log, whose days are tables of their own. */
const LOOK_BACK_DAYS = 8;

export async function settleConversation(db: Queryable, scope: OrgScope, id: string): Promise<void> {
  await settleAnswers(db, await selectPendingOf(db, scope, id, AT_ONCE_MAX));
}

export async function settleAnswers(db: Queryable, pending: readonly PendingAnswer[]): Promise<number> {
  if (pending.length === 0) return 0;
  const found = await figuresOfRequests(db, pending, LOOK_BACK_DAYS);
  if (found.length > 0) await updateFigures(db, found);
  return found.length;
}
