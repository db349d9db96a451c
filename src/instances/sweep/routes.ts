import * as z from 'zod';
import {
  confirmedSweepSchema,
  confirmSweepSchema,
  reconcileRequestSchema,
  reconcileSchema,
  sweepSchema,
} from '#contracts/sweep.ts';
import type { Database } from '#database/database.ts';
import { type Route, route, type UserCaller } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { confirmSweep } from '../commands/confirm-sweep.ts';
import { requestReconcile } from '../commands/request-reconcile.ts';
import { getReconcile, getSweep } from './queries.ts';

export interface SweepRoutesDeps {
  readonly env: Env;
  readonly db: Database;
}

/** The whole installation's affairs, so they are its administrators' alone. */
export function sweepRoutes({ env, db }: SweepRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/sweep',
      name: 'sweep.get',
      summary: 'What the sweep saw and did: rounds, findings, epochs and what waits for a confirmation',
      policy: { allow: 'platform_admin' },
      query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
      success: { status: 200, body: sweepSchema },
      handler: ({ query }) => getSweep(db, query.limit),
    }),
    route({
      method: 'POST',
      path: '/api/v1/sweep/confirm',
      name: 'sweep.confirm',
      summary: 'Let go what a held round reported: after this it is deleted',
      policy: { allow: 'platform_admin' },
      body: confirmSweepSchema,
      success: { status: 200, body: confirmedSweepSchema },
      handler: async (request) => {
        const { round } = request.body;
        const done = await db.transaction((tx) => confirmSweep(env, tx, round, actorOf(request)));
        return { provider: done.providerId, account: done.accountId, findings: done.findings };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/reconcile',
      name: 'reconcile.create',
      summary: 'RECONCILE: compare everything at the providers with everything known, now, with a report',
      policy: { allow: 'platform_admin' },
      body: reconcileRequestSchema,
      success: { status: 202, body: reconcileSchema },
      idempotent: true,
      handler: async (request) => {
        const id = await requestReconcile(env, request.tx, request.body, actorOf(request));
        return getReconcile(request.tx, id);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/reconcile/:id',
      name: 'reconcile.get',
      summary: 'State and report of a RECONCILE',
      policy: { allow: 'platform_admin' },
      params: z.object({ id: z.string().max(100) }),
      success: { status: 200, body: reconcileSchema },
      handler: ({ params }) => getReconcile(db, params.id),
    }),
  ];
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}
