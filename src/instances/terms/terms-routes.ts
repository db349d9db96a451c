import * as z from 'zod';
import {
  type MachineTermsView,
  machineTermsSchema,
  machineTermsViewSchema,
} from '#contracts/machine-terms.ts';
import type { Database, Queryable } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type InstanceId, isId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { setTerms } from '../commands/set-terms.ts';
import { readState } from '../store/instances.ts';
import { closedBecause, NO_TERMS, quotaDayBegan, type ServedToday } from './terms.ts';
import { findTerms } from './terms-store.ts';

export interface TermsRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  /** What machines served since a moment. Known above this domain, so it is given. */
  readonly servedSince: ServedSince;
}

export interface MachineSince {
  readonly orgId: string;
  readonly instanceId: string;
  readonly fromMs: number;
}

/** By instance; those that served nothing may be left out. */
export type ServedSince = (
  db: Queryable,
  machines: readonly MachineSince[],
) => Promise<ReadonlyMap<string, ServedToday>>;

const byId = z.object({ id: z.string().max(100) });
const NOTHING: ServedToday = { requests: 0, tokens: 0 };

export function termsRoutes(deps: TermsRoutesDeps): Route[] {
  const { db, env } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/instances/:id/terms',
      name: 'instances.terms',
      summary: 'When and how much others may use of the machine, and whether it is open now',
      policy: { allow: 'member', action: 'instances.read' },
      params: byId,
      success: { status: 200, body: machineTermsViewSchema },
      handler: ({ caller, params }) => readTerms(deps, caller, requireId(params.id)),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/instances/:id/terms',
      name: 'instances.set_terms',
      summary:
        'Set hours and daily quotas of the machine; outside of them it finishes what it has and gets no more',
      policy: { allow: 'member', action: 'instances.write' },
      params: byId,
      body: machineTermsSchema,
      success: { status: 200, body: machineTermsViewSchema },
      handler: async ({ caller, params, body, correlationId }) => {
        const id = requireId(params.id);
        const by = { actor: `user:${caller.userId}`, correlationId };
        await db.transaction((tx) => setTerms(env, tx, caller, { id, terms: body, by }));
        return readTerms(deps, caller, id);
      },
    }),
  ];
}

/** @throws instance.not_found */
async function readTerms(
  { db, env, servedSince }: TermsRoutesDeps,
  scope: OrgScope,
  id: InstanceId,
): Promise<MachineTermsView> {
  if ((await readState(db, scope, id)) === undefined) throw new AppError('instance.not_found');
  const row = await findTerms(db, scope, id);
  const terms = machineTermsSchema.parse(row ?? NO_TERMS);
  const nowMs = row?.nowMs ?? env.clock.now();
  const fromMs = quotaDayBegan(terms, nowMs);
  const served = (await servedSince(db, [{ orgId: scope.orgId, instanceId: id, fromMs }])).get(id) ?? NOTHING;
  const because = closedBecause(terms, served, nowMs) ?? null;
  return {
    ...terms,
    updated_at: row?.updatedAt.toISOString() ?? null,
    is_open: because === null,
    closed_because: because,
    day_began_at: new Date(fromMs).toISOString(),
    requests_today: served.requests,
    tokens_today: served.tokens,
  };
}

function requireId(text: string): InstanceId {
  if (!isId('instance', text)) throw new AppError('instance.not_found');
  return text;
}
