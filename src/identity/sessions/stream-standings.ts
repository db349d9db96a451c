/** How the sessions behind open streams stand, and if not as they did, why: the reader of a closed stream is told. */
import type { EndReason } from '#contracts/events.ts';
import type { Queryable } from '#database/database.ts';
import type { FindStandings, Standing } from '#http/stream-guard.ts';
import { hashToken } from '#kernel/token.ts';
import { readSessionToken } from '../session-cookie.ts';
import { type SessionStanding, selectStandings } from './session-store.ts';

/** Streams are of many organisations: it is asked outside of any request, and sees them all. */
export function findStandings(db: Queryable): FindStandings {
  return async (ids) => new Map((await selectStandings(db, ids)).map((row) => [row.id, standingOf(row)]));
}

/** As it is kept in the row. */
export function credentialOf(headers: { readonly cookie?: string | undefined }): string {
  return hashToken(readSessionToken(headers) ?? '');
}

function standingOf(row: SessionStanding): Standing {
  const because = reasonOfEnd(row);
  if (because !== undefined || row.orgId === null)
    return { isLive: false, because: because ?? 'session_ended' };
  const { orgId, role, isPlatformAdmin, tokenHash: credential } = row;
  return { isLive: true, orgId, role, isPlatformAdmin, credential, leftBecause: reasonToLeave(row) };
}

function reasonOfEnd(row: SessionStanding): EndReason | undefined {
  if (row.isDisabled) return 'user_disabled';
  if (row.isRevoked) return row.isChosenDeleted ? 'organisation_deleted' : 'session_ended';
  return row.isExpired ? 'session_expired' : undefined;
}

function reasonToLeave({ isChosenDeleted, orgId, chosenOrgId }: SessionStanding): EndReason {
  if (isChosenDeleted) return 'organisation_deleted';
  return orgId === chosenOrgId ? 'organisation_switched' : 'member_removed';
}
