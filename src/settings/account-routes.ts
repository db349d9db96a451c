import * as z from 'zod';
import {
  changeProviderAccountSchema,
  createProviderAccountSchema,
  providerAccountSchema,
  providerKindSchema,
  rotateCredentialSchema,
} from '#contracts/provider-accounts.ts';
import type { Database } from '#database/database.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { Secret } from '#kernel/secret.ts';
import { getAccount, listAccounts } from './account-queries.ts';
import {
  type AccountRules,
  changeAccount,
  createAccount,
  removeAccount,
  requestCheck,
} from './commands/manage-account.ts';
import { cancelRotation, rotateCredential } from './commands/rotate-credential.ts';
import { describeCredential } from './describe-credential.ts';

export interface AccountRoutesDeps extends AccountRules {
  readonly db: Database;
}

const byId = z.object({ id: z.string().max(100) });
const reading = { allow: 'member', action: 'providers.read' } as const;
const writing = { allow: 'member', action: 'providers.write' } as const;
const PATH = '/api/v1/provider-accounts';

export function accountRoutes(deps: AccountRoutesDeps): Route[] {
  return [kindsRoute(deps), ...readRoutes(deps), createRoute(deps), ...changeRoutes(deps)];
}

function kindsRoute({ enabledProviders, credentialOf }: AccountRoutesDeps): Route {
  return route({
    method: 'GET',
    path: '/api/v1/provider-kinds',
    name: 'provider_accounts.kinds',
    summary: 'Providers on which an account may be added, and what each asks for',
    policy: reading,
    success: { status: 200, body: z.object({ data: z.array(providerKindSchema) }) },
    handler: async () => ({
      data: enabledProviders.flatMap((provider) => {
        const credential = credentialOf(provider);
        return credential ? [{ provider, forms: describeCredential(credential) }] : [];
      }),
    }),
  });
}

function readRoutes({ db }: AccountRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'provider_accounts.list',
      summary: 'Accounts of this organisation on providers; their credentials are never shown',
      policy: reading,
      success: { status: 200, body: z.object({ data: z.array(providerAccountSchema) }) },
      handler: async ({ caller }) => ({ data: await listAccounts(db, caller) }),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      name: 'provider_accounts.get',
      summary: 'One account, with what its last check showed',
      policy: reading,
      params: byId,
      success: { status: 200, body: providerAccountSchema },
      handler: ({ caller, params }) => getAccount(db, caller, params.id),
    }),
  ];
}

function createRoute(deps: AccountRoutesDeps): Route {
  return route({
    method: 'POST',
    path: PATH,
    name: 'provider_accounts.create',
    summary: 'Add an account on a provider; its credential is sealed and never shown again',
    policy: writing,
    body: createProviderAccountSchema,
    success: { status: 201, body: providerAccountSchema },
    idempotent: true,
    fingerprintOf: (body) => {
      const { credential, ...rest } = body as z.output<typeof createProviderAccountSchema>;
      return { ...rest, credential: deps.sealer.fingerprint(new Secret(JSON.stringify(credential))) };
    },
    handler: async (request) => {
      const { provider, name, credential } = request.body;
      const wanted = { providerId: provider, name, credential };
      const view = await createAccount(deps, request.tx, request.caller, wanted, actorOf(request));
      return new Reply(201, view, { location: `${PATH}/${view.id}` });
    },
  });
}

function changeRoutes(deps: AccountRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'PATCH',
      path: `${PATH}/:id`,
      name: 'provider_accounts.change',
      summary:
        'Rename an account, or replace its credential untried; machines on it use the new one from then on',
      policy: writing,
      params: byId,
      body: changeProviderAccountSchema,
      success: { status: 200, body: providerAccountSchema },
      handler: ({ caller, params, body }) => {
        const wanted = { name: body.name, credential: body.credential };
        return db.transaction((tx) => changeAccount(deps, tx, caller, params.id, wanted));
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/test`,
      name: 'provider_accounts.test',
      summary: 'Ask for a check of the credential at the provider; the result appears on the account',
      policy: writing,
      params: byId,
      success: { status: 202, body: providerAccountSchema },
      handler: (request) =>
        db.transaction((tx) => requestCheck(tx, request.caller, request.params.id, actorOf(request))),
    }),
    ...rotationRoutes(deps),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'provider_accounts.delete',
      summary: 'Remove an account and its credential; refused while anything at the provider needs it',
      policy: writing,
      params: byId,
      success: { status: 204 },
      handler: async ({ caller, params }) => {
        await db.transaction((tx) => removeAccount(deps, tx, caller, params.id));
      },
    }),
  ];
}

function rotationRoutes(deps: AccountRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'POST',
      path: `${PATH}/:id/rotate`,
      name: 'provider_accounts.rotate',
      summary:
        'Give a new credential, which replaces the present one when it has proved itself at the provider',
      policy: writing,
      params: byId,
      body: rotateCredentialSchema,
      success: { status: 202, body: providerAccountSchema },
      handler: (request) => {
        const wanted = { id: request.params.id, credential: request.body.credential };
        return db.transaction((tx) => rotateCredential(deps, tx, request.caller, wanted, actorOf(request)));
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id/rotation`,
      name: 'provider_accounts.cancel_rotation',
      summary: 'Forget the new credential while it is tried; the present one stays',
      policy: writing,
      params: byId,
      success: { status: 200, body: providerAccountSchema },
      handler: ({ caller, params }) => db.transaction((tx) => cancelRotation(tx, caller, params.id)),
    }),
  ];
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}
