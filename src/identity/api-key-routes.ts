import * as z from 'zod';
import {
  apiKeySchema,
  changeApiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
} from '#contracts/api-keys.ts';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import { readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { changeApiKey } from './commands/change-api-key.ts';
import { createApiKey } from './commands/create-api-key.ts';
import { revokeApiKey } from './commands/revoke-api-key.ts';
import { listApiKeys } from './queries.ts';

const policy = { allow: 'member', action: 'api_keys.own' } as const;
const byId = z.object({ id: z.string().max(100) });

export interface ApiKeyRoutesDeps {
  readonly env: Env;
  readonly db: Database;
}

export function apiKeyRoutes(deps: ApiKeyRoutesDeps): Route[] {
  const { env, db } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/api-keys',
      name: 'api_keys.list',
      summary: 'Your keys in this organisation, newest first, revoked ones included',
      policy,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(apiKeySchema) },
      handler: async ({ caller, query }) => {
        const after = query.after === undefined ? undefined : readPosition(query.after);
        const rows = await listApiKeys(db, caller, { limit: query.limit + 1, after });
        return toPage(rows, query.limit, (last) => [last.created_at, last.id]);
      },
    }),
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
      method: 'DELETE',
      path: '/api/v1/api-keys/:id',
      name: 'api_keys.revoke',
      summary: 'Revoke a key at once, everywhere',
      policy,
      params: byId,
      success: { status: 200, body: apiKeySchema },
      handler: ({ caller, params }) => revokeApiKey(db, caller, params.id),
    }),
  ];
}

function readPosition(cursor: string): { createdAt: string; id: string } {
  const [createdAt = '', id = ''] = readCursor(cursor, 2);
  return { createdAt: readCursorTime(createdAt), id };
}
