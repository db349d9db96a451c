import * as z from 'zod';
import {
  API_KEY_SORTS,
  apiKeyQuerySchema,
  apiKeySchema,
  changeApiKeySchema,
  changeBudgetSchema,
  createApiKeySchema,
  createdApiKeySchema,
  rotateApiKeySchema,
} from '#contracts/api-keys.ts';
import { listOf, listQuerySchema } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import { answerOf, readListWish } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { API_KEY_LIST, getApiKey, listApiKeys, type SpentOf } from './api-key-views.ts';
import { changeApiKey, setKeyBudget, takeOverApiKey } from './commands/change-api-key.ts';
import { createApiKey } from './commands/create-api-key.ts';
import { revokeApiKey } from './commands/revoke-api-key.ts';
import { endOldSecret, rotateApiKey } from './commands/rotate-api-key.ts';

const policy = { allow: 'member', action: 'api_keys.own' } as const;
const byId = z.object({ id: z.string().max(100) });

export interface ApiKeyRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  /** What keys used up; without it nobody counts. */
  readonly spentOf?: SpentOf;
}

export function apiKeyRoutes(deps: ApiKeyRoutesDeps): Route[] {
  return [...readRoutes(deps), ...secretRoutes(deps), ...changeRoutes(deps)];
}

function readRoutes({ db, spentOf }: ApiKeyRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/api-keys',
      name: 'api_keys.list',
      summary:
        'Your keys in this organisation, or those you may see, searched, sorted and counted, revoked ones included',
      policy,
      query: listQuerySchema(API_KEY_SORTS, '-created_at').extend(apiKeyQuerySchema.shape),
      success: { status: 200, body: listOf(apiKeySchema) },
      handler: async ({ caller, query }) => {
        const { owner, name, state, q: search, project_id: projectId } = query;
        const selection = { owner, name, state, search, projectId };
        const found = await listApiKeys(db, caller, selection, readListWish(API_KEY_LIST, query), spentOf);
        return answerOf(found, query.sort, found.rows);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/api-keys/:id',
      name: 'api_keys.get',
      summary: 'One key, without its secret',
      policy,
      params: byId,
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params }) => getApiKey(db, caller, params.id, spentOf),
    }),
  ];
}

/** The two answers that carry a secret, and what ends one. */
function secretRoutes({ env, db }: ApiKeyRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/api-keys',
      name: 'api_keys.create',
      summary: 'Make a key; its secret is in this answer and never shown again',
      policy,
      body: createApiKeySchema,
      success: { status: 201, body: createdApiKeySchema },
      idempotent: true,
      replayHides: ['secret'],
      handler: async ({ caller, body, tx }) => {
        const { key, secret } = await createApiKey(env, tx, caller, body);
        return { ...key, secret: secret.reveal() };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/api-keys/:id/rotate',
      name: 'api_keys.rotate',
      summary: 'Give a key a new secret, shown once; the old one works on for a day, or as long as is said',
      policy,
      params: byId,
      body: rotateApiKeySchema,
      success: { status: 200, body: createdApiKeySchema },
      idempotent: true,
      replayHides: ['secret'],
      handler: async ({ caller, params, body, tx }) => {
        const wish = { id: params.id, previousUntil: body.previous_until };
        const { key, secret } = await rotateApiKey(env, tx, caller, wish);
        return { ...key, secret: secret.reveal() };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/api-keys/:id/previous-secret',
      name: 'api_keys.end_previous_secret',
      summary: 'End the secret that was replaced, before its time',
      policy,
      params: byId,
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params }) => endOldSecret(db, caller, params.id),
    }),
  ];
}

function changeRoutes(deps: ApiKeyRoutesDeps): Route[] {
  return [
    route({
      method: 'PATCH',
      path: '/api/v1/api-keys/:id',
      name: 'api_keys.change',
      summary: 'Change what a key may do and how much of it; what is left out stays',
      policy,
      params: byId,
      body: changeApiKeySchema,
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params, body }) => changeApiKey(deps, caller, { id: params.id, to: body }),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/api-keys/:id/budget',
      name: 'api_keys.budget',
      summary: 'Set what any key of the organisation may use up; what is left out stays, null takes it away',
      policy: { allow: 'member', action: 'budgets.write' },
      params: byId,
      body: changeBudgetSchema,
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params, body }) => setKeyBudget(deps, caller, { id: params.id, budget: body }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/api-keys/:id/take-over',
      name: 'api_keys.take_over',
      summary: 'Vouch for a key of the organisation, such as when who made it has left; its secrets stay',
      policy: { allow: 'member', action: 'api_keys.organisation' },
      params: byId,
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params }) => takeOverApiKey(deps, caller, params.id),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/api-keys/:id',
      name: 'api_keys.revoke',
      summary: 'Revoke a key at once, everywhere',
      policy,
      params: byId,
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params }) => revokeApiKey(deps.db, caller, params.id),
    }),
  ];
}
