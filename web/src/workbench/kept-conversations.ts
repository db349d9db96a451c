/** Conversations as the server keeps them. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ConversationView, MessageView } from '#contracts/workbench.ts';
import { answerOf, api, given, newIdempotencyKey } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

const LIST_LIMIT = 30;
const MESSAGES_LIMIT = 200;

export type Whose = 'mine' | 'shared';

/** Of one chat project, of none of them (`none`), or of all. */
export const conversationsQuery = (whose: Whose, find: string, projectId?: string) =>
  infiniteQueryOptions({
    queryKey: ['workbench', 'list', whose, find, projectId ?? 'all'],
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET('/api/v1/workbench/conversations', {
          params: {
            query: given({
              whose,
              limit: LIST_LIMIT,
              q: find || undefined,
              project_id: projectId,
              after: pageParam,
            }),
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: pollInterval,
  });

/** What is opened: by its own id, or by a link that was given. */
export interface Opened {
  readonly kind: 'conversation' | 'link';
  readonly id: string;
}

export const conversationQuery = (opened: Opened) =>
  queryOptions({
    queryKey: ['workbench', 'conversation', opened.kind, opened.id],
    queryFn: ({ signal }) => readConversation(opened, signal),
  });

export const messagesQuery = (opened: Opened) =>
  queryOptions({
    queryKey: ['workbench', 'messages', opened.kind, opened.id],
    queryFn: ({ signal }) => allMessages(opened, signal),
  });

/** Asked again when the ledger has news, and mounted only while an answer waits for that. */
export const pendingQuery = (opened: Opened) =>
  queryOptions({
    queryKey: ['workbench-pending', opened.kind, opened.id],
    queryFn: async ({ signal, client }) => {
      const messages = await allMessages(opened, signal);
      client.setQueryData(messagesQuery(opened).queryKey, messages);
      return messages.filter(isPending).length;
    },
  });

export const isPending = ({ figures }: MessageView) => figures?.state === 'pending';

function readConversation({ kind, id }: Opened, signal: AbortSignal): Promise<ConversationView> {
  if (kind === 'link') {
    const params = { path: { link_id: id } };
    return answerOf(api.GET('/api/v1/workbench/shared/{link_id}', { params, signal }));
  }
  return answerOf(api.GET('/api/v1/workbench/conversations/{id}', { params: { path: { id } }, signal }));
}

async function allMessages(opened: Opened, signal: AbortSignal): Promise<MessageView[]> {
  const messages: MessageView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await readMessages(opened, given({ limit: MESSAGES_LIMIT, after }), signal);
    messages.push(...page.data);
    if (page.next_cursor === null) return messages;
    after = page.next_cursor;
  }
}

function readMessages({ kind, id }: Opened, query: { limit: number; after?: string }, signal: AbortSignal) {
  if (kind === 'link') {
    const params = { path: { link_id: id }, query };
    return answerOf(api.GET('/api/v1/workbench/shared/{link_id}/messages', { params, signal }));
  }
  const params = { path: { id }, query };
  return answerOf(api.GET('/api/v1/workbench/conversations/{id}/messages', { params, signal }));
}

export function renameConversation(id: string, title: string): Promise<ConversationView> {
  const params = { path: { id } };
  return answerOf(api.PATCH('/api/v1/workbench/conversations/{id}', { params, body: { title } }));
}

export function shareConversation(
  id: string,
  sharing: ConversationView['sharing'],
): Promise<ConversationView> {
  const params = { path: { id } };
  return answerOf(api.PUT('/api/v1/workbench/conversations/{id}/sharing', { params, body: { sharing } }));
}

/** Private again: one's own, or, for those who look after the workbench, what somebody shares with all. */
export function unshareConversation(id: string): Promise<void> {
  return answerOf(api.DELETE('/api/v1/workbench/conversations/{id}/sharing', { params: { path: { id } } }));
}

export function deleteConversation(id: string): Promise<void> {
  const params = { path: { id } };
  return answerOf(api.DELETE('/api/v1/workbench/conversations/{id}', { params }));
}

export function copyConversation({ kind, id }: Opened): Promise<ConversationView> {
  const header = { 'Idempotency-Key': newIdempotencyKey() };
  if (kind === 'link') {
    const params = { path: { link_id: id }, header };
    return answerOf(api.POST('/api/v1/workbench/shared/{link_id}/copy', { params }));
  }
  return answerOf(
    api.POST('/api/v1/workbench/conversations/{id}/copy', { params: { path: { id }, header } }),
  );
}
