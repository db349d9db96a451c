import {
  type Inspection,
  neededRights,
  type Right,
  type RightFinding,
  type ZoneFinding,
} from '#providers/inspection.ts';
import { type CallContext, type Capabilities, ProviderError } from '#providers/provider.ts';
import { anything, type ScalewayClient } from './client.ts';
import { zonePath } from './paths.ts';

/**
 * What an account may do, as far as reading tells: one row of each list is asked for in each zone. Rights to write
 * are never tried, so they stay unknown; their names are those of the permission sets to look for. The project is the
 * account: it is what is billed, and each list is asked for it.
 */
const LISTS = [
  { right: 'catalogue.read', product: 'instance', path: 'products/servers', name: 'InstancesReadOnly' },
  { right: 'servers.read', product: 'instance', path: 'servers', name: 'InstancesReadOnly' },
  { right: 'addresses.read', product: 'instance', path: 'ips', name: 'InstancesReadOnly' },
  { right: 'security_groups.read', product: 'instance', path: 'security_groups', name: 'InstancesReadOnly' },
  { right: 'volumes.read', product: 'block', path: 'volumes', name: 'BlockStorageReadOnly' },
] as const;

const WRITES: readonly { right: Right; name: string }[] = [
  { right: 'servers.write', name: 'InstancesFullAccess' },
  { right: 'addresses.write', name: 'InstancesFullAccess' },
  { right: 'security_groups.write', name: 'InstancesFullAccess' },
  { right: 'volumes.write', name: 'BlockStorageFullAccess' },
];

interface Order {
  readonly capabilities: Capabilities;
  readonly projectId: string;
  readonly zones: readonly string[];
}

/** @throws ProviderError `auth` for a wrong key, and what a zone answered where none of them answers. */
export async function inspectAccount(
  client: ScalewayClient,
  context: CallContext,
  { capabilities, projectId, zones }: Order,
): Promise<Inspection> {
  const looks = await Promise.all(zones.map((zone) => lookAt(client, context, projectId, zone)));
  const failed = looks.find(({ finding }) => !finding.isReachable);
  if (failed?.failure && looks.every(({ finding }) => !finding.isReachable)) throw failed.failure;
  const needed = neededRights(capabilities);
  const denied = new Set(looks.flatMap((look) => look.denied));
  const isAnswered = looks.some(({ finding }) => finding.isReachable);
  const reads = LISTS.map(({ right, name }): RightFinding => {
    const state = denied.has(right) ? 'missing' : isAnswered ? 'granted' : 'unknown';
    return { right, state, isNeeded: needed.has(right), name };
  });
  const writes = WRITES.map(({ right, name }): RightFinding => {
    return { right, state: 'unknown', isNeeded: needed.has(right), name };
  });
  return {
    identity: { account: projectId, principal: null },
    expiresAtMs: null,
    rights: [...reads, ...writes],
    quotas: [],
    zones: looks.map(({ finding }) => finding),
  };
}

interface Look {
  readonly finding: ZoneFinding;
  readonly denied: readonly Right[];
  readonly failure?: ProviderError;
}

/** One list after the other: the API allows few calls a second. */
async function lookAt(
  client: ScalewayClient,
  context: CallContext,
  projectId: string,
  zone: string,
): Promise<Look> {
  const denied: Right[] = [];
  for (const { right, product, path } of LISTS) {
    const query =
      product === 'block'
        ? { page: '1', page_size: '1', project_id: projectId }
        : { page: '1', per_page: '1', project: projectId };
    try {
      await client.call(context, {
        operation: 'inspect',
        method: 'GET',
        path: zonePath(product, zone, path),
        query,
        answer: anything,
      });
    } catch (error) {
      if (!(error instanceof ProviderError) || error.facts.kind === 'auth') throw error;
      const { kind } = error.facts;
      if (kind !== 'permission') {
        return { finding: { zone, isReachable: false, error: kind }, denied, failure: error };
      }
      denied.push(right);
    }
  }
  return { finding: { zone, isReachable: true, error: null }, denied };
}
