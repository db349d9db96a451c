import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** Who does something, in which organisation. */
export interface Member extends OrgScope {
  readonly orgId: OrgId;
  readonly userId: UserId;
}

export function actorOf({ userId }: Pick<Member, 'userId'>): string {
  return `user:${userId}`;
}

/** A clock that is a little behind ours is forgiven: it begins now. */
const PAST_MAX_MS = 60_000;

/** When something begins: never in the past, so that nothing which was charged becomes wrong. @throws request.invalid */
export function requireStart({ clock }: Pick<Env, 'clock'>, startsAt: string | undefined): string | null {
  if (startsAt === undefined) return null;
  if (Date.parse(startsAt) < clock.now() - PAST_MAX_MS) {
    throw new AppError('request.invalid', {
      publicMessage: 'starts_at is in the past. What was used is charged as it was: begin now or later.',
      details: { param: 'starts_at' },
    });
  }
  return startsAt;
}

/** @throws request.invalid */
export function requireEnd(
  { clock }: Pick<Env, 'clock'>,
  endsAt: string | undefined,
  startsAt: string | null,
): string | null {
  if (endsAt === undefined) return null;
  if (Date.parse(endsAt) <= Math.max(clock.now(), startsAt === null ? 0 : Date.parse(startsAt))) {
    throw new AppError('request.invalid', {
      publicMessage: 'ends_at must be later than now and than starts_at.',
      details: { param: 'ends_at' },
    });
  }
  return endsAt;
}
