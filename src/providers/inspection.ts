/**
 * What an account on a provider is, may do and has left: the answer of `Provider.inspect`, which makes and changes
 * nothing there. An adapter says for each right that it uses whether the account has it; what the provider does not
 * tell is `unknown`, never guessed. No part of a credential may be in it.
 */
import type { Capabilities, PartKind, ProviderErrorKind } from './provider.ts';

/** Rights in our words; each adapter maps its provider's own onto them. */
export const RIGHTS = [
  'catalogue.read',
  'servers.read',
  'servers.write',
  'volumes.read',
  'volumes.write',
  'addresses.read',
  'addresses.write',
  'security_groups.read',
  'security_groups.write',
  'keys.read',
  'keys.write',
  'images.read',
  'quotas.read',
] as const;
export type Right = (typeof RIGHTS)[number];

export interface RightFinding {
  readonly right: Right;
  readonly state: 'granted' | 'missing' | 'unknown';
  /** Nothing is ordered on an account that lacks it. */
  readonly isNeeded: boolean;
  /** The provider's own name for what is missing or was looked at, such as `ec2:RunInstances`. */
  readonly name: string;
}

export interface QuotaFinding {
  /** As the provider names it, such as `servers` or `gpu_l40s`. */
  readonly resource: string;
  /** Null: of the whole account. */
  readonly zone: string | null;
  readonly limit: number;
  /** Null where the provider does not tell. */
  readonly used: number | null;
}

export interface ZoneFinding {
  readonly zone: string;
  readonly isReachable: boolean;
  /** Why not. */
  readonly error: ProviderErrorKind | null;
}

export interface Inspection {
  readonly identity: {
    /** What is billed: a project, an account number. A new credential must belong to the same one. */
    readonly account: string;
    /** Whose credential it is: a user, a role, an application; null where the provider does not tell. */
    readonly principal: string | null;
  };
  /** Null: it does not expire, or the provider does not tell. */
  readonly expiresAtMs: number | null;
  readonly rights: readonly RightFinding[];
  readonly quotas: readonly QuotaFinding[];
  readonly zones: readonly ZoneFinding[];
}

const RIGHTS_OF_PARTS: Readonly<Record<PartKind, readonly Right[]>> = {
  volume: ['volumes.read', 'volumes.write'],
  address: ['addresses.read', 'addresses.write'],
  security_group: ['security_groups.read', 'security_groups.write'],
  key: ['keys.read', 'keys.write'],
};

/** Without these an order would fail half way, or what it left could not be deleted. */
export function neededRights({ parts, volumesOutliveServer }: Capabilities): ReadonlySet<Right> {
  const volumes = volumesOutliveServer ? RIGHTS_OF_PARTS.volume : [];
  const ofParts = parts.flatMap((kind) => RIGHTS_OF_PARTS[kind]);
  return new Set<Right>(['catalogue.read', 'servers.read', 'servers.write', ...volumes, ...ofParts]);
}

/** Of an account that lacks nothing, for pretended providers. */
export function wholeInspection(capabilities: Capabilities, zones: readonly string[]): Inspection {
  const rights = [...neededRights(capabilities)];
  return {
    identity: { account: 'pretended', principal: null },
    expiresAtMs: null,
    rights: rights.map((right) => ({ right, state: 'granted', isNeeded: true, name: right })),
    quotas: [],
    zones: zones.map((zone) => ({ zone, isReachable: true, error: null })),
  };
}
