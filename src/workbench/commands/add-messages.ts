/**
 * Adds questions and answers to a conversation of one's own, all of them or none. The server gives them their places:
 * a question begins the next turn, an answer belongs to a turn that is there. An answer names the request that gave
 * it; what that took and cost is looked up, not believed.
 */
import type { Settings } from '#config/settings.ts';
import type { NewMessage } from '#contracts/workbench.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { announce, noteKept } from '../announce.ts';
import {
  type LockedConversation,
  lockConversation,
  updateConversation,
  updateSums,
} from '../conversation-store.ts';
import { insertMessages, type NewMessageRow } from '../message-store.ts';
import type { Person } from '../person.ts';
import { wordsOf } from '../search-words.ts';
import { titleOf } from '../titles.ts';

export interface WorkbenchRules {
  readonly env: Pick<Env, 'clock' | 'random'>;
  readonly settings: Settings;
}

/**
 * @throws workbench.conversation_not_found, workbench.not_yours, workbench.too_large, workbench.no_such_turn,
 * workbench.request_used
 */
export async function addMessages(
  rules: WorkbenchRules,
  tx: Transaction,
  person: Person,
  id: string,
  messages: readonly NewMessage[],
): Promise<string[]> {
  const conversation = await requireOwn(tx, person, id);
  return appendMessages(rules, tx, person, conversation, messages);
}

/** @throws workbench.conversation_not_found, workbench.not_yours */
export async function requireOwn(tx: Transaction, person: Person, id: string): Promise<LockedConversation> {
  const conversation = await lockConversation(tx, person, id);
  if (!conversation) throw new AppError('workbench.conversation_not_found');
  if (conversation.ownerId !== person.userId) throw new AppError('workbench.not_yours');
  return conversation;
}

/** Of whoever holds the row. Gives the ids of the messages. */
export async function appendMessages(
  { env, settings }: WorkbenchRules,
  tx: Transaction,
  person: Person,
  conversation: LockedConversation,
  messages: readonly NewMessage[],
): Promise<string[]> {
  const bytesMax = settings.get('WORKBENCH_MESSAGE_BYTES_MAX');
  for (const { content } of messages) requireSize(content, bytesMax);
  const rows = placed(env, conversation, messages);
  const sums = {
    messages: conversation.messages + rows.length,
    turns: Math.max(conversation.turns, ...rows.map(({ turn }) => turn)),
    bytes: conversation.bytes + bytesOf(rows),
  };
  requireRoom(sums.bytes, settings.get('WORKBENCH_CONVERSATION_BYTES_MAX'));
  await insertOnce(tx, person, conversation.id, rows);
  await updateSums(tx, person, conversation.id, sums);
  const first = rows.find(({ role }) => role === 'user');
  if (conversation.title === '' && first) {
    const title = titleOf(first.content);
    await updateConversation(tx, person, conversation.id, { title, words: wordsOf(title) });
  }
  await announce(tx, person, conversation.id, conversation.sharing !== 'organisation');
  noteKept({ messages: rows.length }, conversation.sharing === 'private');
  return rows.map(({ id }) => id);
}

export function requireSize(content: string, bytesMax: number): void {
  const bytes = Buffer.byteLength(content);
  if (bytes <= bytesMax) return;
  throw new AppError('workbench.too_large', {
    publicMessage: `This message has ${bytes} bytes; the workbench keeps at most ${bytesMax} of one message. Shorten it.`,
  });
}

export function requireRoom(bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new AppError('workbench.too_large', {
    publicMessage: `This conversation would have ${bytes} bytes, more than the ${bytesMax} that the workbench keeps of one. Start a new one.`,
  });
}

export function bytesOf(rows: readonly { readonly content: string }[]): number {
  return rows.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}

function placed(
  env: WorkbenchRules['env'],
  { messages, turns }: LockedConversation,
  added: readonly NewMessage[],
): NewMessageRow[] {
  let lastTurn = turns;
  return added.map((message, index) => {
    if (message.role === 'user') lastTurn += 1;
    const turn = message.role === 'user' ? lastTurn : (message.turn ?? lastTurn);
    if (turn < 1 || turn > lastTurn) throw new AppError('workbench.no_such_turn');
    const place = { id: newId(env, 'message'), position: messages + index + 1, turn };
    const { content } = message;
    const words = wordsOf(content);
    if (message.role === 'user') return { ...QUESTION, ...place, content, words };
    return {
      ...place,
      content,
      words,
      role: 'assistant' as const,
      place: message.place,
      model: message.model,
      parameters: message.parameters,
      status: message.status,
      finishReason: message.finish_reason,
      errorCode: message.error_code,
      requestId: message.request_id,
    };
  });
}

export const QUESTION = {
  role: 'user',
  place: 0,
  model: null,
  parameters: null,
  status: 'done',
  finishReason: null,
  errorCode: null,
  requestId: null,
} as const;

async function insertOnce(
  tx: Transaction,
  person: Person,
  conversationId: string,
  rows: readonly NewMessageRow[],
): Promise<void> {
  if (rows.length === 0) return;
  try {
    await insertMessages(tx, person, { conversationId, askedBy: person.userId }, rows);
  } catch (error) {
    if (constraintOf(error) !== 'workbench_messages_request') throw error;
    throw new AppError('workbench.request_used', { cause: error });
  }
}
