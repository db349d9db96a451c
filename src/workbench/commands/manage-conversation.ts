/** Conversations of one's own: begun, named, moved, set up anew, deleted. Nobody writes into those of others. */
import type * as z from 'zod';
import { isAllowed } from '#contracts/permissions.ts';
import type {
  ConversationView,
  changeConversationSchema,
  createConversationSchema,
} from '#contracts/workbench.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { announce, noteKept } from '../announce.ts';
import {
  countConversationsLocked,
  deleteConversation,
  insertConversation,
  type LockedConversation,
  lockConversation,
  type NewConversation,
  updateConversation,
} from '../conversation-store.ts';
import type { Person } from '../person.ts';
import { selectChatProject } from '../project-store.ts';
import { selectDefaultPrompt, selectPrompt } from '../prompt-store.ts';
import { getConversation, getPrompt } from '../queries.ts';
import { wordsOf } from '../search-words.ts';
import { appendMessages, requireOwn, type WorkbenchRules } from './add-messages.ts';

/**
 * @throws workbench.too_many, workbench.project_not_found, workbench.prompt_not_found, workbench.too_large,
 * workbench.no_such_turn, workbench.request_used
 */
export async function createConversation(
  rules: WorkbenchRules,
  tx: Transaction,
  person: Person,
  wanted: z.output<typeof createConversationSchema>,
): Promise<ConversationView> {
  await requireChatProject(tx, person, wanted.project_id);
  const prompt = (await promptOf(tx, person, wanted)) ?? (await defaultPrompt(tx, person));
  const title = wanted.title ?? '';
  const begun = await beginConversation(rules, tx, person, {
    projectId: wanted.project_id,
    title,
    models: wanted.models,
    systemPrompt: prompt.text,
    promptId: prompt.id,
    promptVersion: prompt.version,
    parameters: wanted.parameters,
  });
  if (wanted.messages.length > 0) await appendMessages(rules, tx, person, begun, wanted.messages);
  await announce(tx, person, begun.id, true);
  noteKept({}, true);
  return getConversation(tx, person, begun.id);
}

/** An empty one, private. @throws workbench.too_many */
export async function beginConversation(
  { env, settings }: WorkbenchRules,
  tx: Transaction,
  person: Person,
  made: Omit<NewConversation, 'id' | 'words'>,
): Promise<LockedConversation> {
  const most = settings.get('WORKBENCH_CONVERSATIONS_MAX');
  if ((await countConversationsLocked(tx, person)) >= most) {
    throw new AppError('workbench.too_many', {
      publicMessage: `You have ${most} conversations, as many as you may. Delete some of them.`,
    });
  }
  const id = newId(env, 'conversation');
  await insertConversation(tx, person, { ...made, id, words: wordsOf(made.title) });
  return {
    id,
    ownerId: person.userId,
    hasOwnerLeft: false,
    sharing: 'private',
    linkId: null,
    title: made.title,
    messages: 0,
    turns: 0,
    bytes: 0,
  };
}

/**
 * What is left out stays. @throws workbench.conversation_not_found, workbench.not_yours, workbench.project_not_found,
 * workbench.prompt_not_found
 */
export async function changeConversation(
  tx: Transaction,
  person: Person,
  id: string,
  wanted: z.output<typeof changeConversationSchema>,
): Promise<ConversationView> {
  const before = await requireOwn(tx, person, id);
  await requireChatProject(tx, person, wanted.project_id ?? null);
  await updateConversation(tx, person, id, {
    title: wanted.title,
    words: wanted.title === undefined ? undefined : wordsOf(wanted.title),
    projectId: wanted.project_id,
    models: wanted.models,
    parameters: wanted.parameters,
    prompt: await promptOf(tx, person, wanted),
  });
  await announce(tx, person, id, before.sharing !== 'organisation');
  noteKept({ changed: Object.keys(wanted) }, before.sharing === 'private');
  return getConversation(tx, person, id);
}

/**
 * For good, for all who read it; copies stay with those who made them. One that its owner left behind in the
 * organisation is removed by those who look after the workbench. @throws workbench.conversation_not_found,
 * workbench.not_yours
 */
export async function removeConversation(tx: Transaction, person: Person, id: string): Promise<void> {
  const conversation = await lockConversation(tx, person, id);
  if (!conversation) throw new AppError('workbench.conversation_not_found');
  const isLeftBehind = conversation.hasOwnerLeft && isAllowed(person.role, 'workbench.manage');
  if (conversation.ownerId !== person.userId && !isLeftBehind) throw new AppError('workbench.not_yours');
  await deleteConversation(tx, person, id);
  await announce(tx, person, id, conversation.sharing !== 'organisation');
  noteKept(
    { owner_id: conversation.ownerId, sharing: conversation.sharing },
    conversation.sharing === 'private',
  );
}

/**
 * Somebody's own or one of all, and in use. One that is archived keeps what is in it.
 * @throws workbench.project_not_found, workbench.project_archived
 */
export async function requireChatProject(db: Queryable, person: Person, id: string | null): Promise<void> {
  if (id === null) return;
  const project = await selectChatProject(db, person, id);
  if (!project) throw new AppError('workbench.project_not_found');
  if (project.archivedAt !== null) throw new AppError('workbench.project_archived');
}

interface TakenPrompt {
  readonly text: string;
  readonly id: string | null;
  readonly version: number | null;
}

/**
 * A text of its own comes before a prompt's; undefined when neither is named. With both, the text counts, and is the
 * prompt's as long as the prompt says the same: whoever asked with a text keeps that text, also when the prompt was
 * changed or deleted meanwhile.
 */
async function promptOf(
  db: Queryable,
  person: Person,
  wanted: { readonly system_prompt?: string | undefined; readonly prompt_id?: string | undefined },
): Promise<TakenPrompt | undefined> {
  const { system_prompt: text } = wanted;
  if (text !== undefined) {
    const named =
      wanted.prompt_id === undefined ? undefined : await selectPrompt(db, person, wanted.prompt_id);
    return named?.content === text
      ? { text, id: named.id, version: named.version }
      : { text, id: null, version: null };
  }
  if (wanted.prompt_id === undefined) return undefined;
  const { id, version, content } = await getPrompt(db, person, wanted.prompt_id);
  return { text: content, id, version };
}

async function defaultPrompt(db: Queryable, person: Person): Promise<TakenPrompt> {
  const prompt = await selectDefaultPrompt(db, person);
  if (!prompt) return { text: '', id: null, version: null };
  return { text: prompt.content, id: prompt.id, version: prompt.version };
}
