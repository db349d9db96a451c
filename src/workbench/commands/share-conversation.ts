/**
 * Who may read a conversation: its owner alone, whoever of the organisation has its link, or everybody there. Nobody
 * but the owner writes into it; all who read it may take a copy. A link ends when it is taken back, and does not come
 * to life again: the next one is another.
 */
import { isAllowed } from '#contracts/permissions.ts';
import type { ConversationView, Sharing } from '#contracts/workbench.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { announce } from '../announce.ts';
import { type LockedConversation, lockConversation, updateSharing } from '../conversation-store.ts';
import type { Person } from '../person.ts';
import { getConversation } from '../queries.ts';
import { requireOwn, type WorkbenchRules } from './add-messages.ts';

/** @throws workbench.conversation_not_found, workbench.not_yours */
export async function shareConversation(
  { env }: Pick<WorkbenchRules, 'env'>,
  tx: Transaction,
  person: Person,
  wish: { readonly id: string; readonly sharing: Sharing },
): Promise<ConversationView> {
  const before = await requireOwn(tx, person, wish.id);
  if (before.sharing !== wish.sharing) {
    const linkId = wish.sharing === 'link' ? newId(env, 'conversationLink') : null;
    await setSharing(tx, person, before, { sharing: wish.sharing, linkId });
  }
  noteSharing(before, wish.sharing);
  return getConversation(tx, person, wish.id);
}

/**
 * Private again. Those who look after the workbench may do so with what others share with all.
 * @throws workbench.conversation_not_found, workbench.not_yours
 */
export async function unshareConversation(tx: Transaction, person: Person, id: string): Promise<void> {
  const before = await lockConversation(tx, person, id);
  if (!before) throw new AppError('workbench.conversation_not_found');
  if (before.ownerId !== person.userId && !isAllowed(person.role, 'workbench.manage')) {
    throw new AppError('workbench.not_yours');
  }
  if (before.sharing !== 'private')
    await setSharing(tx, person, before, { sharing: 'private', linkId: null });
  noteSharing(before, 'private');
}

async function setSharing(
  tx: Transaction,
  person: Person,
  { id, sharing }: LockedConversation,
  to: { readonly sharing: Sharing; readonly linkId: string | null },
): Promise<void> {
  await updateSharing(tx, person, id, to);
  await announce(tx, person, id, sharing !== 'organisation' && to.sharing !== 'organisation');
}

function noteSharing({ sharing, ownerId }: LockedConversation, to: Sharing): void {
  noteChange({
    before: { sharing },
    after: { sharing: to, owner_id: ownerId },
    isPrivate: sharing === 'private' && to === 'private',
  });
}
