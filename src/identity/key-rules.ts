/** What a key may do is what it was given, cut to what the person who vouches for it may at this moment. Pure. */
import {
  type ChangedApiKey,
  type ChangedBudget,
  KEY_SCOPES,
  type KeyOwner,
  type KeyScope,
  PRIORITIES,
  type Priority,
} from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import { type Action, isAllowed } from '#contracts/permissions.ts';
import type { Clock } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';

/** What a person must be allowed to do for a key of theirs to do it. */
const SCOPE_ACTIONS: Readonly<Record<KeyScope, Action>> = {
  inference: 'inference.use',
  'models.read': 'models.read',
};
/** Who may let requests pass those of everybody else. */
const MAY_GIVE_HIGH: readonly OrganisationRole[] = ['owner', 'admin'];

export interface KeyRights {
  readonly scopes: readonly KeyScope[];
  readonly priorityMax: Priority;
}

export interface GivenRights extends KeyRights {
  readonly owner: KeyOwner;
}

/** All that a key of somebody in this role can have. Somebody without a role is no member, or is disabled. */
export function rightsOf(owner: KeyOwner, role: OrganisationRole | null): KeyRights | undefined {
  if (role === null) return undefined;
  if (!isAllowed(role, owner === 'organisation' ? 'api_keys.organisation' : 'api_keys.own')) return undefined;
  return {
    scopes: KEY_SCOPES.filter((scope) => isAllowed(role, SCOPE_ACTIONS[scope])),
    priorityMax: MAY_GIVE_HIGH.includes(role) ? 'high' : 'normal',
  };
}

/** Undefined when its person may not have such a key at all. */
export function effectiveRights(key: GivenRights, role: OrganisationRole | null): KeyRights | undefined {
  const most = rightsOf(key.owner, role);
  return (
    most && {
      scopes: key.scopes.filter((scope) => most.scopes.includes(scope)),
      priorityMax: lower(key.priorityMax, most.priorityMax),
    }
  );
}

export interface KeyWish extends Pick<ChangedApiKey, 'expires_at' | 'priority_max' | 'scopes'> {
  readonly owner: KeyOwner;
}

/** What the form of a wish for a key cannot tell. @throws request.invalid, auth.forbidden */
export function checkKeyWish(clock: Clock, role: OrganisationRole, wanted: KeyWish): void {
  const { expires_at: expiresAt, priority_max: priority = 'batch', scopes = [], owner } = wanted;
  if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= clock.now()) {
    throw new AppError('request.invalid', {
      details: { errors: [{ path: 'expires_at', message: 'must be in the future' }] },
    });
  }
  const most = rightsOf(owner, role);
  if (!most) {
    throw new AppError('auth.forbidden', {
      publicMessage:
        'Only an owner or administrator of the organisation makes and changes its keys. Make one of your own, or ask one of them.',
    });
  }
  if (lower(priority, most.priorityMax) !== priority) {
    throw new AppError('auth.forbidden', {
      publicMessage:
        'Only an owner or administrator of the organisation gives a key the priority `high`. Choose `normal` or lower, or ask one of them.',
    });
  }
  const foreign = scopes.find((scope) => !most.scopes.includes(scope));
  if (foreign !== undefined) {
    throw new AppError('auth.forbidden', {
      publicMessage: `Your role in this organisation is not allowed what the scope \`${foreign}\` gives. Leave it out.`,
    });
  }
}

export interface Budget {
  readonly dayMicros: number | null;
  readonly monthMicros: number | null;
  readonly totalMicros: number | null;
}

/** Anybody may bind their own key tighter; to loosen a budget takes the right over budgets. @throws auth.forbidden */
export function checkBudgetWish(role: OrganisationRole, now: Budget, wanted: ChangedBudget): void {
  if (isAllowed(role, 'budgets.write')) return;
  const pairs = [
    [now.dayMicros, wanted.day_micros],
    [now.monthMicros, wanted.month_micros],
    [now.totalMicros, wanted.total_micros],
  ] as const;
  const isLooser = pairs.some(
    ([before, after]) => before !== null && after !== undefined && (after === null || after > before),
  );
  if (!isLooser) return;
  throw new AppError('auth.forbidden', {
    publicMessage:
      'Only an owner or manager of the organisation raises a budget or takes it away. Ask one of them, or choose a lower one.',
  });
}

function lower(a: Priority, b: Priority): Priority {
  return PRIORITIES.indexOf(a) <= PRIORITIES.indexOf(b) ? a : b;
}
