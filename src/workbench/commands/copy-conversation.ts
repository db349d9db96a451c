/** A copy of what one may read, to go on with: private, one's own, with the figures of its answers and no bill. */
import type { ConversationView } from '#contracts/workbench.ts';
import type { Transaction } from '#database/database.ts';
import { newId } from '#kernel/ids.ts';
import { announce, noteKept } from '../announce.ts';
import { updateSums } from '../conversation-store.ts';
import { copyMessages } from '../message-store.ts';
import type { Person } from '../person.ts';
import { getConversation, type Reading, requireReadable } from '../queries.ts';
import type { WorkbenchRules } from './add-messages.ts';
import { beginConversation } from './manage-conversation.ts';

/** @throws workbench.conversation_not_found, workbench.too_many */
export async function copyConversation(
  rules: WorkbenchRules,
  tx: Transaction,
  person: Person,
  what: Reading,
): Promise<ConversationView> {
  const from = await requireReadable(tx, person, what);
  const isOwn = from.ownerId === person.userId;
  const copy = await beginConversation(rules, tx, person, {
    projectId: isOwn ? from.projectId : null,
    title: from.title,
    models: from.models,
    systemPrompt: from.systemPrompt,
    // Another person's own prompt is not to be looked up.
    promptId: isOwn ? from.promptId : null,
    promptVersion: isOwn ? from.promptVersion : null,
    parameters: from.parameters,
  });
  const ids = Array.from({ length: from.messages }, () => newId(rules.env, 'message'));
  const count = await copyMessages(tx, person, {
    fromId: from.id,
    toId: copy.id,
    by: person.userId,
    ids,
  });
  await updateSums(tx, person, copy.id, { messages: count, turns: from.turns, bytes: from.bytes });
  await announce(tx, person, copy.id, true);
  noteKept({}, true);
  return getConversation(tx, person, copy.id);
}
