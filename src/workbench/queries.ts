/** Reads of the workbench. What is not shared with somebody is answered like what was never there. */
import type { Settings } from '#config/settings.ts';
import type { ChatProjectView, ConversationView, MessageView, PromptView } from '#contracts/workbench.ts';
import type { Database, Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { settleConversation } from './commands/settle-answers.ts';
import {
  type ConversationFilter,
  type ConversationRow,
  selectConversation,
  selectConversations,
  selectLinked,
} from './conversation-store.ts';
import { selectMessages } from './message-store.ts';
import type { Person } from './person.ts';
import { selectChatProject, selectChatProjects } from './project-store.ts';
import {
  type PromptVersionRow,
  selectDefaults,
  selectPrompt,
  selectPrompts,
  selectPromptVersions,
} from './prompt-store.ts';
import { searchOf } from './search-words.ts';
import { toChatProjectView, toConversationView, toMessageView, toPromptView } from './views.ts';

export interface ConversationSearch extends Omit<ConversationFilter, 'search'> {
  readonly text?: string | undefined;
}

/** One more than `limit` when there are more. */
export async function listConversations(
  db: Queryable,
  person: Person,
  { text, ...filter }: ConversationSearch,
  page: { readonly limit: number; readonly after?: { updatedAt: string; id: string } | undefined },
): Promise<ConversationView[]> {
  const search = text === undefined || text.trim() === '' ? undefined : (searchOf(text) ?? null);
  // Asked for signs that no word has, nothing is found.
  if (search === null) return [];
  const rows = await selectConversations(
    db,
    person,
    { ...filter, search },
    { ...page, limit: page.limit + 1 },
  );
  return rows.map((row) => toConversationView(row, person));
}

/** @throws workbench.conversation_not_found */
export async function getConversation(db: Queryable, person: Person, id: string): Promise<ConversationView> {
  return toConversationView(requireFound(await selectConversation(db, person, id)), person);
}

/** @throws workbench.conversation_not_found */
export async function getLinked(db: Queryable, person: Person, linkId: string): Promise<ConversationView> {
  return toConversationView(requireFound(await selectLinked(db, person, linkId)), person);
}

/** What it is, and to whom: by its own id or by a link. */
export type Reading = { readonly id: string } | { readonly linkId: string };

export async function requireReadable(
  db: Queryable,
  person: Person,
  what: Reading,
): Promise<ConversationRow> {
  const row =
    'id' in what
      ? await selectConversation(db, person, what.id)
      : await selectLinked(db, person, what.linkId);
  return requireFound(row);
}

/**
 * Messages in their order, one more than `limit` when there are more. Figures that arrived meanwhile are taken over
 * first. @throws workbench.conversation_not_found
 */
export async function listMessages(
  db: Database,
  person: Person,
  what: Reading,
  page: { readonly limit: number; readonly after: number },
): Promise<MessageView[]> {
  const conversation = await requireReadable(db, person, what);
  if (conversation.pending > 0) await settleConversation(db, person, conversation.id);
  const rows = await selectMessages(db, person, conversation.id, { ...page, limit: page.limit + 1 });
  return rows.map((row) => toMessageView(row, conversation.ownerId === person.userId));
}

const PAGE = 500;

/** A whole conversation, for an export. */
export async function* readMessages(
  db: Database,
  person: Person,
  conversation: Pick<ConversationRow, 'id' | 'ownerId'>,
): AsyncGenerator<MessageView> {
  const isOwn = conversation.ownerId === person.userId;
  for (let after = 0; ; ) {
    const rows = await selectMessages(db, person, conversation.id, { limit: PAGE, after });
    for (const row of rows) yield toMessageView(row, isOwn);
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.position ?? after;
  }
}

export async function listChatProjects(
  db: Queryable,
  person: Person,
  page: { readonly limit: number; readonly afterId?: string | undefined },
): Promise<ChatProjectView[]> {
  const rows = await selectChatProjects(db, person, { ...page, limit: page.limit + 1 });
  return rows.map((row) => toChatProjectView(row, person));
}

/** @throws workbench.project_not_found */
export async function getChatProject(db: Queryable, person: Person, id: string): Promise<ChatProjectView> {
  const row = await selectChatProject(db, person, id);
  if (!row) throw new AppError('workbench.project_not_found');
  return toChatProjectView(row, person);
}

export async function listPrompts(
  db: Queryable,
  person: Person,
  page: { readonly limit: number; readonly afterId?: string | undefined },
): Promise<PromptView[]> {
  return (await selectPrompts(db, person, { ...page, limit: page.limit + 1 })).map(toPromptView);
}

/** @throws workbench.prompt_not_found */
export async function getPrompt(db: Queryable, person: Person, id: string): Promise<PromptView> {
  const row = await selectPrompt(db, person, id);
  if (!row) throw new AppError('workbench.prompt_not_found');
  return toPromptView(row);
}

/** @throws workbench.prompt_not_found */
export async function listPromptVersions(
  db: Queryable,
  person: Person,
  id: string,
  page: { readonly limit: number; readonly below?: number | undefined },
): Promise<PromptVersionRow[]> {
  await getPrompt(db, person, id);
  return selectPromptVersions(db, person, id, { ...page, limit: page.limit + 1 });
}

export async function getDefaults(db: Queryable, scope: OrgScope, settings: Settings) {
  const { promptId, retentionDays } = await selectDefaults(db, scope);
  return {
    default_prompt_id: promptId,
    retention_days: retentionDays,
    retention_days_in_force: retentionDays ?? settings.get('WORKBENCH_RETENTION_DAYS'),
  };
}

function requireFound(row: ConversationRow | undefined): ConversationRow {
  if (!row) throw new AppError('workbench.conversation_not_found');
  return row;
}
