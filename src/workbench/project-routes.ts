import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import { changeChatProjectSchema, chatProjectSchema, createChatProjectSchema } from '#contracts/workbench.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { changeChatProject, createChatProject, removeChatProject } from './commands/manage-project.ts';
import { byId, using, WORKBENCH, type WorkbenchRoutesDeps } from './conversation-routes.ts';
import { getChatProject, listChatProjects } from './queries.ts';

const PATH = `${WORKBENCH}/projects`;

export function chatProjectRoutes(deps: WorkbenchRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'chat_projects.list',
      summary: 'Chat projects: your own and those of the whole organisation, newest first',
      policy: using,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(chatProjectSchema) },
      handler: async ({ caller, query }) => {
        const afterId = query.after === undefined ? undefined : readCursor(query.after, 1)[0];
        const found = await listChatProjects(db, caller, { limit: query.limit, afterId });
        return toPage(found, query.limit, (last) => [last.id]);
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      name: 'chat_projects.get',
      summary: 'One chat project',
      policy: using,
      params: byId,
      success: { status: 200, body: chatProjectSchema },
      handler: ({ caller, params }) => getChatProject(db, caller, params.id),
    }),
    route({
      method: 'POST',
      path: PATH,
      name: 'chat_projects.create',
      summary: 'Make a chat project, for yourself or for the organisation',
      policy: using,
      body: createChatProjectSchema,
      success: { status: 201, body: chatProjectSchema },
      idempotent: true,
      handler: async ({ caller, body, tx }) => {
        const made = await createChatProject(deps, tx, caller, body);
        return new Reply(201, made, { location: `${PATH}/${made.id}` });
      },
    }),
    route({
      method: 'PATCH',
      path: `${PATH}/:id`,
      name: 'chat_projects.change',
      summary:
        'Name it, share it, archive it, tie it to a project of the organisation; what is left out stays',
      policy: using,
      params: byId,
      body: changeChatProjectSchema,
      success: { status: 200, body: chatProjectSchema },
      handler: ({ caller, params, body }) =>
        db.transaction((tx) => changeChatProject(tx, caller, params.id, body)),
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'chat_projects.delete',
      summary: 'Delete a chat project; its conversations stay',
      policy: using,
      params: byId,
      success: { status: 204 },
      handler: async ({ caller, params }) => {
        await db.transaction((tx) => removeChatProject(tx, caller, params.id));
        return new Reply(204);
      },
    }),
  ];
}
