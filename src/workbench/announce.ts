import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { OrgScope } from '#kernel/scope.ts';

/**
 * Those who may read it fetch it again; all others learn nothing from an id that opens nothing for them. `for_few`
 * says that whoever has not seen it yet need not ask: one who writes would otherwise wake everybody's page.
 */
export async function announce(
  tx: Transaction,
  { orgId }: OrgScope,
  subjectId: string,
  isForFew: boolean,
): Promise<void> {
  const summary = { for_few: isForFew };
  await emitEvent(tx, { orgId, type: 'workbench.changed', subjectId, summary });
}

/** For the log of the organisation: what nobody else sees is nobody else's business, and texts are not for it. */
export function noteKept(after: Readonly<Record<string, unknown>>, isPrivate: boolean): void {
  noteChange({ after, isPrivate });
}
