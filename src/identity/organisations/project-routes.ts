import * as z from 'zod';
import { changeProjectSchema, createProjectSchema, projectSchema } from '#contracts/organisations.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { changeProject, createProject } from './commands/manage-project.ts';
import { getProject, listProjects } from './queries.ts';

const byId = z.object({ id: z.string().max(100) });
const read = { allow: 'member', action: 'projects.read' } as const;
const write = { allow: 'member', action: 'projects.write' } as const;

export function projectRoutes({ env, db }: { readonly env: Env; readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/projects',
      name: 'projects.list',
      summary: 'Projects of the organisation by short name; archived ones only when asked for',
      policy: read,
      query: z.object({ include_archived: z.stringbool().default(false) }),
      success: { status: 200, body: z.object({ data: z.array(projectSchema) }) },
      handler: async ({ caller, query }) => ({
        data: await listProjects(db, caller, { includeArchived: query.include_archived }),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/projects',
      name: 'projects.create',
      summary: 'Make a project, to group deployments, keys, usage and cost',
      policy: write,
      body: createProjectSchema,
      success: { status: 201, body: projectSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) =>
        createProject(env, tx, caller, { ...body, createdBy: `user:${caller.userId}` }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/projects/:id',
      name: 'projects.get',
      summary: 'One project',
      policy: read,
      params: byId,
      success: { status: 200, body: projectSchema },
      handler: ({ caller, params }) => getProject(db, caller, params.id),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/projects/:id',
      name: 'projects.change',
      summary: 'Name a project, archive or restore it',
      policy: write,
      params: byId,
      body: changeProjectSchema,
      success: { status: 200, body: projectSchema },
      handler: ({ caller, params, body }) => changeProject(db, caller, params.id, body),
    }),
  ];
}
