/**
 * Moves one session to another organisation of its user; their other sessions stay where they are. Where the role is a
 * higher one the token is a new one, as after a sign-in. Streams of the session end and come back in the other one.
 */
import { ORGANISATION_ROLES, type OrganisationRole, type SessionView } from '#contracts/management.ts';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { SessionId, UserId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { getSessionById } from '../queries.ts';
import { renewToken } from './open-session.ts';
import { moveSession } from './session-store.ts';

/** @throws organisation.not_found, also where the user is not a member */
export async function switchOrganisation(
  env: Env,
  db: Database,
  session: { readonly sessionId: SessionId; readonly userId: UserId; readonly role: OrganisationRole },
  orgId: string,
): Promise<{ readonly session: SessionView; readonly token: Secret | undefined }> {
  return db.transaction(async (tx) => {
    const { sessionId: id, userId } = session;
    if (!(await moveSession(tx, { id, userId }, orgId))) throw new AppError('organisation.not_found');
    const moved = await getSessionById(tx, id);
    const token = isHigher(moved.role, session.role) ? await renewToken(env, tx, id) : undefined;
    if (token === undefined) await notify(tx, 'keys');
    return { session: moved.view, token };
  });
}

function isHigher(role: OrganisationRole, than: OrganisationRole): boolean {
  return ORGANISATION_ROLES.indexOf(role) < ORGANISATION_ROLES.indexOf(than);
}
