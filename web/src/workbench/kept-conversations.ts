/** Conversations as the server keeps them. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ConversationView, MessageView, PromptView } from '#contracts/workbench.ts';
import { call, newIdempotencyKey, query } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { Page } from '../api/types.ts';

export const WORKBENCH = '/api/v1/workbench';
const LIST_LIMIT = 30;
const MESSAGES_LIMIT = 200;

export type Whose = 'mine' | 'shared';

export const conversationsQuery = (whose: Whose, find: string) =>
  infiniteQueryOptions({
    queryKey: ['workbench', 'list', whose, find],
    queryFn: ({ pageParam, signal }) =>
      call<Page<ConversationView>>(
        `${WORKBENCH}/conversations${query({ whose, limit: LIST_LIMIT, q: find || undefined, after: pageParam })}`,
        { signal },
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

export function pathOf({ kind, id }: Opened): string {
  return `${WORKBENCH}/${kind === 'link' ? 'shared' : 'conversations'}/${encodeURIComponent(id)}`;
}

export const conversationQuery = (opened: Opened) =>
  queryOptions({
    queryKey: ['workbench', 'conversation', opened.kind, opened.id],
    queryFn: ({ signal }) => call<ConversationView>(pathOf(opened), { signal }),
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

export const promptsQuery = queryOptions({
  queryKey: ['workbench', 'prompts'],
  queryFn: ({ signal }) => call<Page<PromptView>>(`${WORKBENCH}/prompts${query({ limit: 200 })}`, { signal }),
  select: (page) => page.data,
});

async function allMessages(opened: Opened, signal: AbortSignal): Promise<MessageView[]> {
  const messages: MessageView[] = [];
  for (let after: string | undefined; ; ) {
    const path = `${pathOf(opened)}/messages${query({ limit: MESSAGES_LIMIT, after })}`;
    const page = await call<Page<MessageView>>(path, { signal });
    messages.push(...page.data);
    if (page.next_cursor === null) return messages;
    after = page.next_cursor;
  }
}

export function renameConversation(id: string, title: string): Promise<ConversationView> {
  return call(pathOf({ kind: 'conversation', id }), { method: 'PATCH', body: { title } });
}

export function shareConversation(
  id: string,
  sharing: ConversationView['sharing'],
): Promise<ConversationView> {
  return call(`${pathOf({ kind: 'conversation', id })}/sharing`, { method: 'PUT', body: { sharing } });
}

export function deleteConversation(id: string): Promise<void> {
  return call(pathOf({ kind: 'conversation', id }), { method: 'DELETE' });
}

export function copyConversation(opened: Opened): Promise<ConversationView> {
  return call(`${pathOf(opened)}/copy`, { method: 'POST', idempotencyKey: newIdempotencyKey() });
}
