import * as z from 'zod';
import { pageOf } from '#contracts/management.ts';
import {
  addMessagesSchema,
  changeConversationSchema,
  conversationSchema,
  conversationsQuerySchema,
  createConversationSchema,
  messageSchema,
  messagesQuerySchema,
} from '#contracts/workbench.ts';
import type { Database } from '#database/database.ts';
import { readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { AppError } from '#kernel/errors.ts';
import { addMessages, type WorkbenchRules } from './commands/add-messages.ts';
import {
  changeConversation,
  createConversation,
  removeConversation,
} from './commands/manage-conversation.ts';
import type { Person } from './person.ts';
import { getConversation, listConversations, listMessages, type Reading } from './queries.ts';

export interface WorkbenchRoutesDeps extends WorkbenchRules {
  readonly db: Database;
}

export const WORKBENCH = '/api/v1/workbench';
const PATH = `${WORKBENCH}/conversations`;
export const using = { allow: 'member', action: 'workbench.use' } as const;
export const byId = z.object({ id: z.string().max(100) });
/** Room for the largest message that a setting allows, and what JSON adds to it. */
export const TEXT_BYTES_MAX = 16 * 1_024 * 1_024;
/** Texts are nobody's business but the reader's. */
export const auditHides = ['title', 'content', 'system_prompt', 'messages', 'conversations', 'parameters'];

export function conversationRoutes(deps: WorkbenchRoutesDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps)];
}

function readRoutes({ db }: WorkbenchRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'conversations.list',
      summary: 'Conversations of the workbench, the latest first; one may look for words of titles and texts',
      policy: using,
      query: conversationsQuerySchema,
      success: { status: 200, body: pageOf(conversationSchema) },
      handler: async ({ caller, query }) => {
        const { whose, project_id: projectId, q: text, limit } = query;
        const after = query.after === undefined ? undefined : positionOf(query.after);
        const found = await listConversations(db, caller, { whose, projectId, text }, { limit, after });
        return toPage(found, limit, (last) => [last.updated_at, last.id]);
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      name: 'conversations.get',
      summary: 'One conversation: your own, or one that is shared with the organisation',
      policy: using,
      params: byId,
      success: { status: 200, body: conversationSchema },
      handler: ({ caller, params }) => getConversation(db, caller, params.id),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id/messages`,
      name: 'conversations.messages',
      summary: 'Its messages in order, each answer with what it took and cost, as the ledger says',
      policy: using,
      params: byId,
      query: messagesQuerySchema,
      success: { status: 200, body: pageOf(messageSchema) },
      handler: ({ caller, params, query }) => pageOfMessages(db, caller, params, query),
    }),
  ];
}

function writeRoutes(deps: WorkbenchRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'POST',
      path: PATH,
      name: 'conversations.create',
      summary: 'Begin a conversation, with its first messages if there are any; it is private',
      policy: using,
      body: createConversationSchema,
      success: { status: 201, body: conversationSchema },
      idempotent: true,
      auditHides,
      bodyBytesMax: TEXT_BYTES_MAX,
      handler: async ({ caller, body, tx }) => {
        const made = await createConversation(deps, tx, caller, body);
        return new Reply(201, made, { location: `${PATH}/${made.id}` });
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/messages`,
      name: 'conversations.add_messages',
      summary:
        'Add questions and answers to a conversation of yours; answers name the request that gave them',
      policy: using,
      params: byId,
      body: addMessagesSchema,
      success: { status: 201, body: z.object({ message_ids: z.array(z.string()) }) },
      idempotent: true,
      auditHides,
      bodyBytesMax: TEXT_BYTES_MAX,
      handler: async ({ caller, params, body, tx }) => ({
        message_ids: await addMessages(deps, tx, caller, params.id, body.messages),
      }),
    }),
    route({
      method: 'PATCH',
      path: `${PATH}/:id`,
      name: 'conversations.change',
      summary: 'Name it, move it, change its models, system prompt or parameters; what is left out stays',
      policy: using,
      params: byId,
      body: changeConversationSchema,
      success: { status: 200, body: conversationSchema },
      auditHides,
      handler: ({ caller, params, body }) =>
        db.transaction((tx) => changeConversation(tx, caller, params.id, body)),
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'conversations.delete',
      summary: 'Delete a conversation for good, for all who read it',
      policy: using,
      params: byId,
      success: { status: 204 },
      handler: async ({ caller, params }) => {
        await db.transaction((tx) => removeConversation(tx, caller, params.id));
        return new Reply(204);
      },
    }),
  ];
}

export async function pageOfMessages(
  db: Database,
  person: Person,
  what: Reading,
  query: { readonly limit: number; readonly after?: string | undefined },
) {
  const after = query.after === undefined ? 0 : numberOf(query.after);
  const found = await listMessages(db, person, what, { limit: query.limit, after });
  return toPage(found, query.limit, (last) => [String(last.position)]);
}

/** @throws request.invalid */
export function numberOf(cursor: string): number {
  const [text = ''] = readCursor(cursor, 1);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new AppError('request.invalid', { publicMessage: 'The cursor `after` is not one of ours.' });
}

/** @throws request.invalid */
function positionOf(cursor: string): { updatedAt: string; id: string } {
  const [at = '', id = ''] = readCursor(cursor, 2);
  return { updatedAt: readCursorTime(at), id };
}
