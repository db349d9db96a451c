/** The one account of this cloud: who it is, what it may do, how much it may have. Faults take some of that away. */
import type { FaultBoard, FaultTarget } from './faults.ts';
import type { World } from './world.ts';

const ACCOUNT = { id: 'mock-account', principal: 'mock-user' } as const;
const QUOTAS: Readonly<Record<string, number>> = { server: 100_000, volume: 100_000, address: 100_000 };

interface Quota {
  readonly resource: string;
  readonly limit: number;
  readonly used: number;
}

/** What `GET /v1/account` shows. */
export function accountView(world: World, operations: readonly string[]) {
  return {
    ...ACCOUNT,
    expires_at_ms: null,
    permissions: operations.map((operation) => ({
      operation,
      granted: world.faults.find('missing_right', { operation }) === undefined,
    })),
    quotas: quotasOf(world),
    zones: world.settings.zones,
  };
}

/** All that the routes call an operation, once each. */
export function operationsOf(routes: readonly { readonly operation?: string }[]): string[] {
  return [...new Set(routes.flatMap(({ operation }) => operation ?? []))].sort();
}

export function quotasOf({ state, faults }: World): Quota[] {
  const parts = [...state.parts.values()];
  const records: Readonly<Record<string, readonly { readonly goneAtMs: number | null }[]>> = {
    server: [...state.servers.values()],
    volume: [...state.volumes.values()],
    address: parts.filter(({ kind }) => kind === 'address'),
  };
  return Object.entries(QUOTAS).map(([resource, limit]) => ({
    resource,
    limit: faults.find('low_quota', { operation: `${resource}.create` })?.limit ?? limit,
    used: (records[resource] ?? []).filter(({ goneAtMs }) => goneAtMs === null).length,
  }));
}

/** What a call is answered that the account may not make, or whose secret is worth nothing any more. */
export function refuseByRights(faults: FaultBoard, target: FaultTarget) {
  if (faults.take('expired_credential', target)) {
    const body = {
      type: 'denied_authentication',
      message: 'The account secret has expired.',
      reason: 'expired',
    };
    return { fault: 'expired_credential', answer: { status: 401, body } };
  }
  if (!faults.take('missing_right', target)) return undefined;
  const message = `This account may not ${target.operation}.`;
  const body = { type: 'permissions_denied', message, details: [{ action: target.operation }] };
  return { fault: 'missing_right', answer: { status: 403, body } };
}
