/** Who gives which side of an activation, and how one that is missing reads. Pure. */
import {
  ACTIVATION_SIDES,
  type ActivationSide,
  type ResourceKind,
  SIDE_ACTIONS,
} from '#contracts/activation.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import { isAllowed, PERMISSIONS } from '#contracts/permissions.ts';
import { AppError } from '#kernel/errors.ts';

export interface Resource {
  readonly kind: ResourceKind;
  readonly id: string;
}

/** What a resource still lacks. */
export interface Standing {
  readonly technicalIsGiven: boolean;
  readonly economicIsGiven: boolean;
}

/** A person who can give something. */
export interface Giver {
  readonly id: string;
  readonly username: string;
  readonly role: OrganisationRole;
}

const NAMES: Readonly<Record<ResourceKind, string>> = {
  instance: 'instance',
  model: 'model',
  provider: 'provider',
  api_key: 'API key',
  offering: 'offering',
};

/** What somebody of this role activates by creating or ordering something. */
export function sidesOf(role: OrganisationRole | undefined): ActivationSide[] {
  if (role === undefined) return [];
  return ACTIVATION_SIDES.filter((side) => isAllowed(role, SIDE_ACTIONS[side]));
}

export function rolesThatGive(side: ActivationSide): readonly OrganisationRole[] {
  return PERMISSIONS[SIDE_ACTIONS[side]];
}

/** Nothing is known of it: nobody activated it. */
export function missingSides(standing: Standing | undefined): ActivationSide[] {
  if (!standing) return [...ACTIVATION_SIDES];
  const isGiven = { technical: standing.technicalIsGiven, economic: standing.economicIsGiven };
  return ACTIVATION_SIDES.filter((side) => !isGiven[side]);
}

/** Says which activation is missing and who can give it; names of people only where members ask. */
export function missingError(
  what: { readonly kind: ResourceKind; readonly name?: string | undefined },
  missing: readonly ActivationSide[],
  givers: readonly Giver[] = [],
): AppError {
  const subject = `${NAMES[what.kind]}${what.name === undefined ? '' : ` \`${what.name}\``}`;
  const parts = missing.map((side) => {
    const roles = rolesThatGive(side);
    const people = givers.filter((giver) => roles.includes(giver.role)).map(({ username }) => username);
    const named = people.length > 0 ? ` (${people.slice(0, 5).join(', ')})` : '';
    return `the ${side} activation, which ${articled(roles)}${named} gives`;
  });
  return new AppError('activation.missing', {
    publicMessage: `This ${subject} does not work yet. It lacks ${parts.join(', and ')} with POST /api/v1/activations.`,
    details: { missing: [...missing], resource_kind: what.kind },
  });
}

function articled(roles: readonly string[]): string {
  return roles.map((role) => `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`).join(' or ');
}
