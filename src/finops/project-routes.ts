import * as z from 'zod';
import { costsByProjectSchema, usageByProjectSchema } from '#contracts/organisations.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { readCostsByProject, readUsageByProject } from './queries.ts';

const windowSchema = z.object({
  from: z.iso.datetime().exactOptional(),
  to: z.iso.datetime().exactOptional(),
});
type Window = z.output<typeof windowSchema>;

export interface ProjectFigureDeps {
  readonly env: Pick<Env, 'clock'>;
  readonly db: Database;
}

export function projectFigureRoutes({ env, db }: ProjectFigureDeps): Route[] {
  const windowOf = (query: Window) => readWindow(query, env.clock.now());
  return [
    route({
      method: 'GET',
      path: '/api/v1/usage/projects',
      name: 'usage.projects',
      summary: 'Requests and tokens by project, summed over whole hours; of this month until now unless told',
      policy: { allow: 'member', action: 'usage.read' },
      query: windowSchema,
      success: { status: 200, body: usageByProjectSchema },
      handler: async ({ caller, query }) => ({ data: await readUsageByProject(db, caller, windowOf(query)) }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/costs/projects',
      name: 'costs.projects',
      summary:
        'What was spent in a window, by project of the deployments; in this month until now unless told',
      policy: { allow: 'member', action: 'costs.read' },
      query: windowSchema,
      success: { status: 200, body: costsByProjectSchema },
      handler: async ({ caller, query }) => ({ data: await readCostsByProject(db, caller, windowOf(query)) }),
    }),
  ];
}

/** @throws request.invalid */
function readWindow(query: Window, nowMs: number): { from: Date; to: Date } {
  const now = new Date(nowMs);
  const monthStart = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  const to = query.to === undefined ? now : new Date(query.to);
  const from = new Date(query.from ?? monthStart);
  if (from < to) return { from, to };
  throw new AppError('request.invalid', { publicMessage: '`from` must be before `to`.' });
}
