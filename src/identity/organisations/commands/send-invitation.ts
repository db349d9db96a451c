/**
 * Invites somebody by a link in a mail. The link's token leaves in the mail and nowhere else: not in an answer, not in
 * a log; the row has its hash. The mail commits with the row. What is answered does not depend on whether the address
 * has an account.
 */

import type { NewMail } from '#contracts/mail.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import type { InvitationView } from '#contracts/organisations.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type InvitationId, newId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { mayInvite } from '../delegation.ts';
import {
  countInvitations,
  insertInvitation,
  lockOpenInvitation,
  lockOpenInvitationTo,
  markRevoked,
  renewInvitation,
  selectUserById,
} from '../invitation-store.ts';
import { isMemberByEmail } from '../member-store.ts';
import type { OrganisationLife } from '../organisation-store.ts';
import { lockActor, type MemberScope } from '../parties.ts';

/** An organisation must not become a sender of mails to strangers. */
const MAILS_PER_HOUR_MAX = 100;
const OPEN_MAX = 500;
const AGAIN_AFTER_MS = 60_000;

export interface InvitationRules {
  readonly env: Env;
  /** Put into the outbox: sent when the transaction has committed. */
  readonly queueMail: (tx: Transaction, mail: NewMail) => Promise<void>;
  /** Where the page of an invitation is; the token follows behind a `#`, which no server sees. */
  readonly pageUrl: string;
  readonly ttlMs: () => number;
}

interface Wanted {
  readonly email: string;
  readonly role: OrganisationRole;
  readonly language: 'en' | 'fr';
}

/**
 * @throws organisation.not_found, organisation.deleting, organisation.personal, member.beyond_role, member.exists,
 * invitation.exists, invitation.too_many
 */
export async function createInvitation(
  rules: InvitationRules,
  tx: Transaction,
  actor: MemberScope,
  wanted: Wanted,
): Promise<InvitationView> {
  const life = await requireInviter(tx, actor, wanted.role);
  await requireRoom(tx, actor);
  if (await isMemberByEmail(tx, actor, wanted.email)) throw new AppError('member.exists');
  const open = await lockOpenInvitationTo(tx, actor, wanted.email);
  if (open && !open.isExpired) throw new AppError('invitation.exists');
  if (open) await markRevoked(tx, actor, open.id);
  const id = newId(rules.env, 'invitation');
  const token = mintToken(rules.env.random, 'invt', tokenIdOf(id));
  const invitation = await insertInvitation(tx, actor, {
    ...wanted,
    id,
    tokenHash: hashToken(token.reveal()),
    invitedBy: actor.userId,
    ttlMs: rules.ttlMs(),
  });
  await mail(rules, tx, { actor, life, token, ...wanted });
  await tell(tx, actor, id);
  return invitation;
}

/**
 * A new link for an open or expired invitation, now in the name of whoever sends it again; the link before it is
 * worth nothing any more.
 * @throws invitation.not_found, invitation.too_many and those of createInvitation
 */
export async function resendInvitation(
  rules: InvitationRules,
  tx: Transaction,
  actor: MemberScope,
  id: string,
): Promise<InvitationView> {
  const { role } = await lockActor(tx, actor);
  const open = await lockOpenInvitation(tx, actor, id);
  if (!open) throw new AppError('invitation.not_found');
  if (!mayInvite(role, open.role)) throw new AppError('member.beyond_role');
  const life = await requireInviter(tx, actor, open.role);
  if (open.sentMsAgo < AGAIN_AFTER_MS) {
    throw new AppError('invitation.too_many', { retryAfterMs: AGAIN_AFTER_MS - open.sentMsAgo });
  }
  await requireRoom(tx, actor);
  const token = mintToken(rules.env.random, 'invt', tokenIdOf(open.id));
  const invitation = await renewInvitation(tx, actor, open.id, {
    tokenHash: hashToken(token.reveal()),
    invitedBy: actor.userId,
    ttlMs: rules.ttlMs(),
  });
  await mail(rules, tx, { actor, life, token, ...open });
  await tell(tx, actor, open.id);
  return invitation;
}

/** Its link is worth nothing from now on. @throws invitation.not_found, member.beyond_role */
export async function revokeInvitation(
  tx: Transaction,
  actor: MemberScope,
  id: string,
): Promise<InvitationView> {
  const { role } = await lockActor(tx, actor);
  const open = await lockOpenInvitation(tx, actor, id);
  if (!open) throw new AppError('invitation.not_found');
  if (!mayInvite(role, open.role)) throw new AppError('member.beyond_role');
  const invitation = await markRevoked(tx, actor, open.id);
  await tell(tx, actor, open.id);
  return invitation;
}

async function requireInviter(
  tx: Transaction,
  actor: MemberScope,
  role: OrganisationRole,
): Promise<OrganisationLife> {
  const { life, role: actorRole } = await lockActor(tx, actor);
  if (life.isPersonal) throw new AppError('organisation.personal');
  if (life.deletionAskedAt !== null) throw new AppError('organisation.deleting');
  if (!mayInvite(actorRole, role)) throw new AppError('member.beyond_role');
  return life;
}

async function requireRoom(tx: Transaction, scope: OrgScope): Promise<void> {
  const { mailed, open } = await countInvitations(tx, scope);
  if (open >= OPEN_MAX) {
    throw new AppError('invitation.too_many', {
      publicMessage: `There are ${open} open invitations. Revoke those that are not needed any more.`,
    });
  }
  if (mailed >= MAILS_PER_HOUR_MAX) throw new AppError('invitation.too_many', { retryAfterMs: 600_000 });
}

async function mail(
  rules: InvitationRules,
  tx: Transaction,
  invitation: Wanted & {
    readonly actor: MemberScope;
    readonly life: OrganisationLife;
    readonly token: Secret;
  },
): Promise<void> {
  const inviter = await selectUserById(tx, invitation.actor.userId);
  await rules.queueMail(tx, {
    to: invitation.email,
    template: 'invitation',
    language: invitation.language,
    values: {
      link: `${rules.pageUrl}#token=${invitation.token.reveal()}`,
      organisation: invitation.life.name,
      invited_by: inviter?.username ?? '',
      role: invitation.role,
      days: String(Math.max(1, Math.round(rules.ttlMs() / 86_400_000))),
    },
  });
}

async function tell(tx: Transaction, scope: OrgScope, id: InvitationId): Promise<void> {
  await emitEvent(tx, { orgId: scope.orgId, type: 'invitation.changed', subjectId: id, summary: {} });
}
