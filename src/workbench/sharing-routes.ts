/** Conversations that others read, copy, and take with them. */
import { Readable } from 'node:stream';
import * as z from 'zod';
import { pageOf } from '#contracts/management.ts';
import {
  conversationSchema,
  exportedConversationSchema,
  importedSchema,
  importSchema,
  messageSchema,
  messagesQuerySchema,
  shareSchema,
} from '#contracts/workbench.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { copyConversation } from './commands/copy-conversation.ts';
import { importConversations } from './commands/import-conversations.ts';
import { shareConversation, unshareConversation } from './commands/share-conversation.ts';
import {
  auditHides,
  byId,
  pageOfMessages,
  TEXT_BYTES_MAX,
  using,
  WORKBENCH,
  type WorkbenchRoutesDeps,
} from './conversation-routes.ts';
import { writeJson, writeMarkdown } from './export.ts';
import { getLinked, readMessages, requireReadable } from './queries.ts';
import { toConversationView } from './views.ts';

const PATH = `${WORKBENCH}/conversations`;
const LINKED = `${WORKBENCH}/shared`;
const byLink = z.object({ link_id: z.string().max(100) });

export function sharingRoutes(deps: WorkbenchRoutesDeps): Route[] {
  return [
    ...shareRoutes(deps),
    ...linkRoutes(deps),
    copyRoute(deps, `${PATH}/:id/copy`, 'conversations.copy', byId, ({ id }) => ({ id })),
    copyRoute(deps, `${LINKED}/:link_id/copy`, 'shared_conversations.copy', byLink, (params) => ({
      linkId: params.link_id,
    })),
    exportRoute(deps, 'json'),
    exportRoute(deps, 'md'),
    importRoute(deps),
  ];
}

function shareRoutes(deps: WorkbenchRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'PUT',
      path: `${PATH}/:id/sharing`,
      name: 'conversations.share',
      summary:
        'Who may read a conversation of yours: nobody else, who has its link, or the whole organisation',
      policy: using,
      params: byId,
      body: shareSchema,
      success: { status: 200, body: conversationSchema },
      handler: ({ caller, params, body }) =>
        db.transaction((tx) => shareConversation(deps, tx, caller, { id: params.id, ...body })),
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id/sharing`,
      name: 'conversations.unshare',
      summary:
        'Make it private again; owners and admins may do so with what others share with the organisation',
      policy: using,
      params: byId,
      success: { status: 204 },
      handler: async ({ caller, params }) => {
        await db.transaction((tx) => unshareConversation(tx, caller, params.id));
        return new Reply(204);
      },
    }),
  ];
}

function linkRoutes({ db }: WorkbenchRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: `${LINKED}/:link_id`,
      name: 'shared_conversations.get',
      summary: 'A conversation that a member of your organisation gave you the link of',
      policy: using,
      params: byLink,
      success: { status: 200, body: conversationSchema },
      handler: ({ caller, params }) => getLinked(db, caller, params.link_id),
    }),
    route({
      method: 'GET',
      path: `${LINKED}/:link_id/messages`,
      name: 'shared_conversations.messages',
      summary: 'Its messages in order',
      policy: using,
      params: byLink,
      query: messagesQuerySchema,
      success: { status: 200, body: pageOf(messageSchema) },
      handler: ({ caller, params, query }) => pageOfMessages(db, caller, { linkId: params.link_id }, query),
    }),
  ];
}

function copyRoute<Params extends z.ZodType>(
  deps: WorkbenchRoutesDeps,
  path: string,
  name: string,
  params: Params,
  readingOf: (params: z.output<Params>) => { id: string } | { linkId: string },
): Route {
  return route({
    method: 'POST',
    path,
    name,
    summary: 'Take a copy of what you may read, to go on with: private, and yours',
    policy: using,
    params,
    success: { status: 201, body: conversationSchema },
    idempotent: true,
    handler: async (request) => {
      const { caller, tx } = request;
      const what = readingOf(request.params as z.output<Params>);
      const made = await copyConversation(deps, tx, caller, what);
      return new Reply(201, made, { location: `${PATH}/${made.id}` });
    },
  });
}

const FORMS = {
  json: {
    contentType: 'application/json; charset=utf-8',
    body: exportedConversationSchema,
    write: writeJson,
    says: 'JSON, as an import takes it',
  },
  md: {
    contentType: 'text/markdown; charset=utf-8',
    body: undefined,
    write: writeMarkdown,
    says: 'Markdown',
  },
} as const;

function exportRoute({ db }: WorkbenchRoutesDeps, form: keyof typeof FORMS): Route {
  const { contentType, body, write, says } = FORMS[form];
  return route({
    method: 'GET',
    path: `${PATH}/:id/export.${form}`,
    name: `conversations.export_${form}`,
    summary: `A whole conversation as ${says}`,
    policy: using,
    params: byId,
    success: { status: 200, contentType, body },
    handler: async ({ caller, params }) => {
      const row = await requireReadable(db, caller, params);
      const view = toConversationView(row, caller);
      const stream = Readable.from(write(view, readMessages(db, caller, row)));
      const name = `${row.id}.${form}`;
      return new Reply(200, stream, { 'content-disposition': `attachment; filename="${name}"` });
    },
  });
}

function importRoute(deps: WorkbenchRoutesDeps): Route {
  return route({
    method: 'POST',
    path: `${WORKBENCH}/import`,
    name: 'conversations.import',
    summary: 'Take in exported conversations as new ones of yours; nothing that is there is touched',
    policy: using,
    body: importSchema,
    success: { status: 201, body: importedSchema },
    idempotent: true,
    auditHides,
    bodyBytesMax: TEXT_BYTES_MAX,
    handler: async ({ caller, body, tx }) => {
      const wish = { conversations: body.conversations, projectId: body.project_id };
      return { data: await importConversations(deps, tx, caller, wish) };
    },
  });
}
