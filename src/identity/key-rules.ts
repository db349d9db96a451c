import type { ChangedApiKey } from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import type { Clock } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';

/** Who may let requests pass those of everybody else. */
const MAY_GIVE_HIGH: readonly OrganisationRole[] = ['owner', 'admin'];

/** What the form of a wish for a key cannot tell. @throws request.invalid, auth.forbidden */
export function checkKeyWish(
  clock: Clock,
  role: OrganisationRole,
  wanted: Pick<ChangedApiKey, 'expires_at' | 'priority_max'>,
): void {
  const { expires_at: expiresAt, priority_max: priority } = wanted;
  if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= clock.now()) {
    throw new AppError('request.invalid', {
      details: { errors: [{ path: 'expires_at', message: 'must be in the future' }] },
    });
  }
  if (priority === 'high' && !MAY_GIVE_HIGH.includes(role)) {
    throw new AppError('auth.forbidden', {
      publicMessage:
        'Only an owner or administrator of the organisation gives a key the priority `high`. Choose `normal` or lower, or ask one of them.',
    });
  }
}
