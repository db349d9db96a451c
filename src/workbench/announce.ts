import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** Those who may read it fetch it again; all others learn nothing from an id that opens nothing for them. */
export async function announce(tx: Transaction, { orgId }: OrgScope, subjectId: string): Promise<void> {
  await emitEvent(tx, { orgId, type: 'workbench.changed', subjectId, summary: {} });
}

/** For the log of the organisation: what nobody else sees is nobody else's business, and texts are not for it. */
export function noteKept(after: Readonly<Record<string, unknown>>, isPrivate: boolean): void {
  noteChange({ after, isPrivate });
}
