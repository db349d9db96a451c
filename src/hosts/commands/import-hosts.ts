/** Many machines from one list: all of them, or none and every error with its line. */
import type { HostView, ImportHosts } from '#contracts/hosts.ts';
import type { Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { selectHosts } from '../host-store.ts';
import { type InventoryError, readInventory } from '../inventory/inventory.ts';
import { listHosts } from '../queries.ts';
import { type HostRules, registerHost } from './register-host.ts';

const ERRORS_SHOWN_MAX = 100;

/** @throws host.bad_inventory, and what registering one throws */
export async function importHosts(
  rules: HostRules,
  tx: Transaction,
  scope: OrgScope,
  wanted: ImportHosts,
  by: Actor,
): Promise<HostView[]> {
  const { hosts, errors } = readInventory(wanted);
  const known = await selectHosts(tx, scope);
  const taken = hosts.flatMap(({ line, host }): InventoryError[] => {
    const same = known.find(
      ({ name, address, port }) => name === host.name || (address === host.address && port === host.port),
    );
    if (!same) return [];
    return [{ line, message: `${host.name} is registered already, as ${same.name} at ${same.address}` }];
  });
  refuse([...errors, ...taken]);
  const made = new Set<string>();
  for (const { line, host } of hosts) {
    try {
      made.add(await registerHost(rules, tx, scope, host, by));
    } catch (error) {
      if (error instanceof AppError && error.code === 'host.bad_credential') {
        refuse([{ line, message: error.publicMessage }]);
      }
      throw error;
    }
  }
  return (await listHosts(tx, scope)).filter(({ id }) => made.has(id));
}

function refuse(errors: readonly InventoryError[]): void {
  const [first] = errors;
  if (!first) return;
  const place = first.line === 0 ? '' : `line ${first.line}: `;
  throw new AppError('host.bad_inventory', {
    publicMessage: `Nothing was registered: ${errors.length} ${errors.length === 1 ? 'error' : 'errors'} in the list, the first in ${place}${first.message}.`,
    details: {
      errors: errors
        .slice(0, ERRORS_SHOWN_MAX)
        .map(({ line, message }) => ({ path: line === 0 ? 'content' : `line ${line}`, message })),
    },
  });
}
