import * as z from 'zod';
import {
  changeHostSchema,
  confirmHostKeySchema,
  hostSchema,
  importHostsSchema,
  registerHostSchema,
  releaseHostSchema,
} from '#contracts/hosts.ts';
import type { Database } from '#database/database.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { Secret } from '#kernel/secret.ts';
import { importHosts } from './commands/import-hosts.ts';
import { changeHost, confirmHostKey, probeAgain, releaseHost, removeHost } from './commands/manage-host.ts';
import { type HostRules, registerHost } from './commands/register-host.ts';
import { getHost, listHosts } from './queries.ts';

export interface HostRoutesDeps extends HostRules {
  readonly db: Database;
}

const byId = z.object({ id: z.string().max(100) });
const reading = { allow: 'member', action: 'providers.read' } as const;
const writing = { allow: 'member', action: 'providers.write' } as const;
const PATH = '/api/v1/hosts';
const IMPORT_BYTES_MAX = 1_500_000;

export function hostRoutes(deps: HostRoutesDeps): Route[] {
  return [...readRoutes(deps), ...registerRoutes(deps), ...changeRoutes(deps), ...endRoutes(deps)];
}

function readRoutes({ db }: HostRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'hosts.list',
      summary: 'Machines of this organisation, by name; their credentials are never shown',
      policy: reading,
      success: { status: 200, body: z.object({ data: z.array(hostSchema) }) },
      handler: async ({ caller }) => ({ data: await listHosts(db, caller) }),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      name: 'hosts.get',
      summary: 'One machine: what it is, whether it can be used, and who uses it',
      policy: reading,
      params: byId,
      success: { status: 200, body: hostSchema },
      handler: ({ caller, params }) => getHost(db, caller, params.id),
    }),
  ];
}

function registerRoutes(deps: HostRoutesDeps): Route[] {
  // The body holds credentials, so it is recognised by what the master key makes of it.
  const fingerprintOf = (body: unknown) => deps.sealer.fingerprint(new Secret(JSON.stringify(body)));
  return [
    route({
      method: 'POST',
      path: PATH,
      name: 'hosts.register',
      summary:
        'Register a machine; it is looked at, and waits for its host key to be confirmed unless pinned',
      policy: writing,
      body: registerHostSchema,
      success: { status: 201, body: hostSchema },
      idempotent: true,
      fingerprintOf,
      auditHides: ['credential'],
      handler: async (request) => {
        const { tx, caller, body } = request;
        const id = await registerHost(deps, tx, caller, body, actorOf(request));
        return new Reply(201, await getHost(tx, caller, id), { location: `${PATH}/${id}` });
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/import`,
      name: 'hosts.import',
      summary: 'Register all machines of a list or an Ansible inventory, or none when a line is wrong',
      policy: writing,
      body: importHostsSchema,
      bodyBytesMax: IMPORT_BYTES_MAX,
      success: { status: 201, body: z.object({ data: z.array(hostSchema) }) },
      idempotent: true,
      fingerprintOf,
      auditHides: ['content', 'defaults'],
      handler: async (request) => {
        const { tx, caller, body } = request;
        return new Reply(201, { data: await importHosts(deps, tx, caller, body, actorOf(request)) });
      },
    }),
  ];
}

function changeRoutes(deps: HostRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'PATCH',
      path: `${PATH}/:id`,
      name: 'hosts.change',
      summary: 'Rename a machine, change its price, user or credential, or take it out of service',
      policy: writing,
      params: byId,
      body: changeHostSchema,
      auditHides: ['credential'],
      success: { status: 200, body: hostSchema },
      handler: (request) => {
        const change = { id: request.params.id, to: request.body, by: actorOf(request) };
        return db.transaction((tx) => changeHost(deps, tx, request.caller, change));
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/probe`,
      name: 'hosts.probe',
      summary: 'Ask for a look at the machine; the result appears on it',
      policy: writing,
      params: byId,
      success: { status: 202, body: hostSchema },
      handler: (request) =>
        db.transaction((tx) => probeAgain(tx, request.caller, request.params.id, actorOf(request))),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/confirm-host-key`,
      name: 'hosts.confirm_host_key',
      summary: 'Say that this is the machine’s own key, as a person has compared it',
      policy: writing,
      params: byId,
      body: confirmHostKeySchema,
      success: { status: 200, body: hostSchema },
      handler: (request) => {
        const { params, body, caller } = request;
        const confirmation = { id: params.id, hostKey: body.host_key, by: actorOf(request) };
        return db.transaction((tx) => confirmHostKey(tx, caller, confirmation));
      },
    }),
  ];
}

function endRoutes({ db }: HostRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: `${PATH}/:id/release`,
      name: 'hosts.release',
      summary:
        'Declare that nothing of its terminated instance is left on a machine that cannot be asked any more',
      policy: writing,
      params: byId,
      body: releaseHostSchema,
      success: { status: 200, body: hostSchema },
      handler: (request) => {
        const order = { id: request.params.id, confirm: request.body.confirm, by: actorOf(request) };
        return db.transaction((tx) => releaseHost(tx, request.caller, order));
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'hosts.remove',
      summary: 'Forget a machine that is not in use, and its credential; nothing is done on it',
      policy: writing,
      params: byId,
      success: { status: 204 },
      handler: async (request) => {
        await db.transaction((tx) => removeHost(tx, request.caller, request.params.id, actorOf(request)));
      },
    }),
  ];
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}
