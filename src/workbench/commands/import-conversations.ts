/**
 * Takes conversations from a file. Each becomes a new one with ids of its own: nothing that is there is ever
 * overwritten, whatever ids the file names. It names no requests, so it brings no figures: a file proves none.
 */
import type { ConversationView, ImportedConversation } from '#contracts/workbench.ts';
import type { Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { announce, noteKept } from '../announce.ts';
import { updateSums } from '../conversation-store.ts';
import { insertMessages, type NewMessageRow } from '../message-store.ts';
import type { Person } from '../person.ts';
import { getConversation } from '../queries.ts';
import { wordsOf } from '../search-words.ts';
import { bytesOf, QUESTION, requireRoom, requireSize, type WorkbenchRules } from './add-messages.ts';
import { beginConversation, requireChatProject } from './manage-conversation.ts';

/** All of them or none. @throws workbench.too_many, workbench.too_large, workbench.project_not_found, request.invalid */
export async function importConversations(
  rules: WorkbenchRules,
  tx: Transaction,
  person: Person,
  wish: { readonly conversations: readonly ImportedConversation[]; readonly projectId: string | null },
): Promise<ConversationView[]> {
  await requireChatProject(tx, person, wish.projectId);
  const ids: string[] = [];
  for (const conversation of wish.conversations) {
    ids.push(await importOne(rules, tx, person, conversation, wish.projectId));
  }
  noteKept({}, true);
  const views: ConversationView[] = [];
  for (const id of ids) views.push(await getConversation(tx, person, id));
  return views;
}

async function importOne(
  rules: WorkbenchRules,
  tx: Transaction,
  person: Person,
  given: ImportedConversation,
  projectId: string | null,
): Promise<string> {
  const { env, settings } = rules;
  const bytesMax = settings.get('WORKBENCH_MESSAGE_BYTES_MAX');
  for (const { content } of given.messages) requireSize(content, bytesMax);
  const rows = rowsOf(env, given);
  const sums = {
    messages: rows.length,
    turns: rows.at(-1)?.turn ?? 0,
    bytes: bytesOf(rows),
  };
  requireRoom(sums.bytes, settings.get('WORKBENCH_CONVERSATION_BYTES_MAX'));
  const { id } = await beginConversation(rules, tx, person, {
    projectId,
    title: given.title,
    models: given.models,
    systemPrompt: given.system_prompt,
    promptId: null,
    promptVersion: null,
    parameters: given.parameters,
  });
  if (rows.length > 0) {
    await insertMessages(tx, person, { conversationId: id, askedBy: person.userId }, rows);
    await updateSums(tx, person, id, sums);
  }
  await announce(tx, person, id, true);
  return id;
}

/** Turns are counted anew, in the order of the file; an answer needs the question of its turn before it. */
function rowsOf(env: WorkbenchRules['env'], { messages, title }: ImportedConversation): NewMessageRow[] {
  const turns = new Map<number, number>();
  return messages.map((message, index) => {
    const { turn: named, content, role, place, model, parameters, status } = message;
    if (role === 'user') turns.set(named, turns.size + 1);
    const turn = turns.get(named);
    if (turn === undefined || (role === 'assistant' && model === null)) {
      throw new AppError('request.invalid', {
        publicMessage: `Message ${index + 1} of "${title}" is an answer without a ${turn === undefined ? 'question of its turn before it' : 'model'}. Nothing was imported.`,
      });
    }
    const where = { id: newId(env, 'message'), position: index + 1, turn, content, words: wordsOf(content) };
    if (role === 'user') return { ...QUESTION, ...where };
    const { finish_reason: finishReason, error_code: errorCode } = message;
    return { ...where, role, place, model, parameters, status, finishReason, errorCode, requestId: null };
  });
}
