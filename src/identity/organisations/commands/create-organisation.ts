/** Makes an organisation and its first owner, in the caller's transaction. */
import type { OrganisationRole } from '#contracts/management.ts';
import { type MyOrganisation, RESERVED_SLUG_PREFIX, RESERVED_SLUGS } from '#contracts/organisations.ts';
import { notify } from '#database/channels.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import { insertMembership } from '../../store.ts';
import { existsActiveUser } from '../member-store.ts';
import { countMadeBy, insertNewOrganisation } from '../organisation-store.ts';

/** One person does not take all the short names. */
const MADE_MAX = 20;

export interface NewOrganisation {
  readonly name: string;
  readonly slug: string;
  readonly colour: string | null;
  /** The first owner; absent: whoever asks. */
  readonly ownerId?: string | undefined;
}

export interface OrganisationMaker {
  readonly userId: UserId;
  readonly isPlatformAdmin: boolean;
}

/**
 * @throws organisation.creation_off, organisation.slug_reserved, organisation.slug_taken, auth.forbidden,
 * member.not_found when there is no such first owner
 */
export async function createOrganisation(
  env: Env,
  tx: Transaction,
  by: OrganisationMaker,
  wanted: NewOrganisation,
  mayUsersCreate: boolean,
): Promise<MyOrganisation> {
  const { name, slug, colour } = wanted;
  if (!by.isPlatformAdmin) await requireMayCreate(tx, by, mayUsersCreate);
  if (RESERVED_SLUGS.includes(slug) || slug.startsWith(RESERVED_SLUG_PREFIX))
    throw new AppError('organisation.slug_reserved');
  const ownerId = await firstOwner(tx, by, wanted.ownerId);
  const orgId = newId(env, 'organisation');
  const createdAt = await insertNamed(tx, { id: orgId, slug, name, colour, createdBy: `user:${by.userId}` });
  const role: OrganisationRole = 'owner';
  await insertMembership(tx, { orgId }, ownerId, role);
  await emitEvent(tx, { orgId, type: 'organisation.changed', subjectId: orgId, summary: {} });
  await notify(tx, 'keys');
  return { id: orgId, slug, name, colour, role, is_deleting: false, created_at: createdAt.toISOString() };
}

async function requireMayCreate(tx: Transaction, by: OrganisationMaker, mayUsers: boolean): Promise<void> {
  if (!mayUsers) throw new AppError('organisation.creation_off');
  if ((await countMadeBy(tx, `user:${by.userId}`)) < MADE_MAX) return;
  throw new AppError('organisation.creation_off', {
    publicMessage: `You have made ${MADE_MAX} organisations, which is as many as one person may. Delete one, or ask a platform administrator.`,
  });
}

async function firstOwner(
  tx: Transaction,
  by: OrganisationMaker,
  ownerId: string | undefined,
): Promise<UserId> {
  if (ownerId === undefined || ownerId === by.userId) return by.userId;
  if (!by.isPlatformAdmin) {
    throw new AppError('auth.forbidden', {
      publicMessage: 'Only a platform administrator makes an organisation for somebody else.',
    });
  }
  if (!(await existsActiveUser(tx, ownerId))) {
    throw new AppError('member.not_found', { publicMessage: 'There is no such user, or they are disabled.' });
  }
  return ownerId as UserId;
}

async function insertNamed(
  tx: Transaction,
  organisation: Parameters<typeof insertNewOrganisation>[1],
): Promise<Date> {
  try {
    return await insertNewOrganisation(tx, organisation);
  } catch (error) {
    if (constraintOf(error) !== 'organisations_slug_key') throw error;
    throw new AppError('organisation.slug_taken', { cause: error });
  }
}
