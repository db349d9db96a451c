import * as z from 'zod';
import { costsByProjectSchema, usageByProjectSchema } from '#contracts/organisations.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import { readCostsByProject, readUsageByProject } from './queries.ts';

const windowSchema = z
  .object({ from: z.iso.datetime(), to: z.iso.datetime() })
  .refine((query) => Date.parse(query.from) < Date.parse(query.to), 'from must be before to');
const windowOf = (query: { from: string; to: string }) => ({
  from: new Date(query.from),
  to: new Date(query.to),
});

export function projectFigureRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/usage/projects',
      name: 'usage.projects',
      summary: 'Requests and tokens by project, summed over whole hours',
      policy: { allow: 'member', action: 'usage.read' },
      query: windowSchema,
      success: { status: 200, body: usageByProjectSchema },
      handler: async ({ caller, query }) => ({ data: await readUsageByProject(db, caller, windowOf(query)) }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/costs/projects',
      name: 'costs.projects',
      summary: 'What was spent in a window, by project of the deployments',
      policy: { allow: 'member', action: 'costs.read' },
      query: windowSchema,
      success: { status: 200, body: costsByProjectSchema },
      handler: async ({ caller, query }) => ({ data: await readCostsByProject(db, caller, windowOf(query)) }),
    }),
  ];
}
