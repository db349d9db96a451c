import * as z from 'zod';
import {
  activationSideSchema,
  changeActivationSchema,
  resourceActivationSchema,
  resourceKindSchema,
} from '#contracts/activation.ts';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import type { Database, Transaction } from '#database/database.ts';
import { readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import { type Route, route, type UserCaller } from '#http/route.ts';
import { AppError } from '#kernel/errors.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { type ActivationDeps, type ActivationWish, decideActivation } from './commands/decide-activation.ts';
import { type ActivationPosition, listActivations } from './queries.ts';
import { type Resource, sidesOf } from './rules.ts';

export interface ActivationRoutesDeps {
  readonly db: Database;
  readonly activation: ActivationDeps;
}

const give = { allow: 'member', action: 'activation.give' } as const;

export function activationRoutes(deps: ActivationRoutesDeps): Route[] {
  return [listRoute(deps), ...decideRoutes(deps)];
}

function listRoute({ db }: ActivationRoutesDeps): Route {
  return route({
    method: 'GET',
    path: '/api/v1/activations',
    name: 'activations.list',
    summary: 'What is activated and what is missing, with who can give it; newest first',
    policy: { allow: 'member', action: 'activation.read' },
    query: pageQuerySchema.extend({
      resource_kind: resourceKindSchema.optional(),
      resource_id: z.string().min(1).max(100).optional(),
      missing: z.stringbool().optional().describe('True: only what lacks something; false: only what works'),
    }),
    success: {
      status: 200,
      body: pageOf(resourceActivationSchema).extend({ total: z.int().describe('Of all pages together') }),
    },
    handler: async ({ caller, query }) => {
      const filter = { kind: query.resource_kind, id: query.resource_id, missing: query.missing };
      const after = query.after === undefined ? undefined : readPosition(query.after);
      const { rows, total } = await listActivations(db, caller, filter, { limit: query.limit, after });
      const page = toPage(rows, query.limit, (last) => [
        last.createdAt,
        last.resource_kind,
        last.resource_id,
      ]);
      return { ...page, data: page.data.map(({ createdAt: _, ...view }) => view), total };
    },
  });
}

function decideRoutes(deps: ActivationRoutesDeps): Route[] {
  const decide = (
    tx: Transaction,
    { caller, correlationId }: { readonly caller: UserCaller; readonly correlationId: CorrelationId },
    wish: ActivationWish,
  ) => {
    const by = { actor: `user:${caller.userId}`, correlationId };
    return decideActivation(deps.activation, tx, { scope: caller, role: caller.role, by }, wish);
  };
  return [
    route({
      method: 'POST',
      path: '/api/v1/activations',
      name: 'activations.give',
      summary: 'Give the technical or the economic activation of a resource, or both',
      policy: give,
      body: changeActivationSchema,
      success: { status: 200, body: resourceActivationSchema },
      idempotent: true,
      handler: (request) => {
        const { resource_kind: kind, resource_id: id, sides } = request.body;
        return decide(request.tx, request, { resource: { kind, id }, sides, isGiven: true });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/activations/:id',
      name: 'activations.withdraw',
      summary:
        'Take a side back, or all that your role gives: it stops working within seconds; machines are not terminated',
      policy: give,
      params: z.object({ id: z.string().max(200).describe('`<resource_kind>:<resource_id>`') }),
      query: z.object({ side: activationSideSchema.optional() }),
      success: { status: 200, body: resourceActivationSchema },
      idempotent: true,
      handler: (request) => {
        const { caller, params, query } = request;
        const sides = query.side === undefined ? sidesOf(caller.role) : [query.side];
        return decide(request.tx, request, { resource: readResource(params.id), sides, isGiven: false });
      },
    }),
  ];
}

/** @throws activation.resource_not_found */
function readResource(text: string): Resource {
  const separator = text.indexOf(':');
  const kind = resourceKindSchema.safeParse(text.slice(0, Math.max(0, separator)));
  if (!kind.success) throw new AppError('activation.resource_not_found');
  return { kind: kind.data, id: text.slice(separator + 1) };
}

function readPosition(cursor: string): ActivationPosition {
  const [createdAt = '', kind = '', id = ''] = readCursor(cursor, 3);
  return { createdAt: readCursorTime(createdAt), kind, id };
}
