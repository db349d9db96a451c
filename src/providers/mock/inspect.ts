/** From what the mock cloud says of its account to what the port calls an inspection. */
import * as z from 'zod';
import { type Inspection, neededRights, type Right, type RightFinding } from '#providers/inspection.ts';
import type { Capabilities } from '#providers/provider.ts';

export const accountSchema = z.object({
  account: z.object({
    id: z.string().min(1).max(200),
    principal: z.string().max(200).nullish(),
    expires_at_ms: z.number().nullish(),
    permissions: z.array(z.object({ operation: z.string().max(100), granted: z.boolean() })).max(1_000),
    quotas: z
      .array(z.object({ resource: z.string().max(100), limit: z.number(), used: z.number().nullish() }))
      .max(1_000),
    zones: z.array(z.string().max(100)).max(1_000),
  }),
});
type Account = z.output<typeof accountSchema>['account'];

/** What each right of ours lets an account do there. */
const OPERATIONS: Partial<Record<Right, readonly string[]>> = {
  'catalogue.read': ['offer.list'],
  'servers.read': ['server.get', 'server.list'],
  'servers.write': [
    ...['server.create', 'server.start', 'server.delete', 'server.reboot', 'server.tag'],
    'server.user_data',
  ],
  'volumes.read': ['volume.get', 'volume.list'],
  'volumes.write': ['volume.create', 'volume.delete', 'volume.tag'],
  'addresses.read': ['address.get', 'address.list'],
  'addresses.write': ['address.create', 'address.delete', 'address.tag'],
  'security_groups.read': ['security_group.get', 'security_group.list'],
  'security_groups.write': ['security_group.create', 'security_group.delete', 'security_group.tag'],
  'keys.read': ['key.get', 'key.list'],
  'keys.write': ['key.create', 'key.delete', 'key.tag'],
  'quotas.read': ['account.get'],
};

/** Zones are asked one by one, by the caller. */
export function inspectionOf(account: Account, capabilities: Capabilities): Omit<Inspection, 'zones'> {
  const granted = new Map(account.permissions.map((one) => [one.operation, one.granted]));
  const needed = neededRights(capabilities);
  const rights = Object.entries(OPERATIONS).map(([right, operations]) =>
    findingOf(right as Right, operations, granted, needed),
  );
  return {
    identity: { account: account.id, principal: account.principal ?? null },
    expiresAtMs: account.expires_at_ms ?? null,
    rights,
    quotas: account.quotas.map(({ resource, limit, used }) => {
      return { resource, zone: null, limit, used: used ?? null };
    }),
  };
}

/** Missing as soon as one operation is denied, unknown while one is not told. */
function findingOf(
  right: Right,
  operations: readonly string[],
  granted: ReadonlyMap<string, boolean>,
  needed: ReadonlySet<Right>,
): RightFinding {
  const denied = operations.find((one) => granted.get(one) === false);
  const untold = operations.find((one) => !granted.has(one));
  const state = denied ? 'missing' : untold ? 'unknown' : 'granted';
  return { right, state, isNeeded: needed.has(right), name: denied ?? untold ?? operations[0] ?? right };
}
