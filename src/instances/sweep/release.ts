/**
 * Follows every open finding to its proven end: look, delete where that is allowed, look again. Whatever fails is
 * taken up by the next round; nothing gives up. What ran on the bill of an instance gets its cost there.
 */
import type { OwnedResource } from '#providers/provider.ts';
import {
  closeAsWanted,
  type Finding,
  noteDeleteCalled,
  noteFailure,
  noteSeen,
  noteUnseen,
  selectOpenFindings,
} from '../store/sweep-findings.ts';
import { isStillUnwanted } from '../store/sweep-rows.ts';
import { logFinding, recordEnd, recordStart, tellStuck } from './finding-records.ts';
import { deleteAt, type Look, lookAt } from './look.ts';
import { keyOf, type SweepPlan } from './plan.ts';
import { apply, call, figure, type Round, windowMsOf } from './round.ts';

/** An accepted delete that shows no effect is asked for again after so many looks' time. */
const LOOKS_UNTIL_REPEAT = 10;

export async function releaseFindings(
  round: Round,
  plan: SweepPlan,
  listing: readonly OwnedResource[],
): Promise<{ deleted: number; gone: number }> {
  const listed = new Set(listing.map(keyOf));
  const result = { deleted: 0, gone: 0 };
  for (const finding of await selectOpenFindings(round.deps.db, round)) {
    // After a restore nothing at all is asked to go.
    const mayDelete = finding.state === 'deleting' && plan.held !== 'restored';
    const end = await releaseFinding(round, finding, { mayDelete, isListed: listed.has(refKeyOf(finding)) });
    result.deleted += end.wasDeleted ? 1 : 0;
    result.gone += end.isGone ? 1 : 0;
    if (!end.isGone && mayDelete) await tellStuck(round, finding);
  }
  return result;
}

interface Released {
  readonly wasDeleted: boolean;
  readonly isGone: boolean;
}

async function releaseFinding(
  round: Round,
  finding: Finding,
  facts: { readonly mayDelete: boolean; readonly isListed: boolean },
): Promise<Released> {
  const look = await lookAgain(round, finding);
  if (!look) return { wasDeleted: false, isGone: false };
  if (look.state === 'gone') return end(round, finding, look, false);
  if (look.state === 'unseen' && !facts.isListed) {
    if (isProvenAbsent(round, finding)) return end(round, finding, look, false);
    if (finding.missingSinceMs === null) await apply(round, 'unseen', (tx) => noteUnseen(tx, finding.id));
    if (finding.deleteCalledAtMs !== null) return { wasDeleted: false, isGone: false };
  } else if (finding.missingSinceMs !== null) {
    await apply(round, 'seen', (tx) => noteSeen(tx, finding.id));
  }
  if (look.state === 'present' && !finding.isExamined) await recordStart(round, finding, look);
  if (!facts.mayDelete || !facts.isListed || !isDeleteDue(round, finding)) {
    return { wasDeleted: false, isGone: false };
  }
  if (!(await deleteFinding(round, finding))) return { wasDeleted: false, isGone: false };
  // Some providers show the end at once, which frees what hung on it within this very round.
  const after = await lookAgain(round, finding);
  return after?.state === 'gone' ? end(round, finding, after, true) : { wasDeleted: true, isGone: false };
}

async function end(round: Round, finding: Finding, look: Look, wasDeleted: boolean): Promise<Released> {
  await recordEnd(round, finding, look);
  return { wasDeleted, isGone: true };
}

/** Undefined when the provider did not tell. */
async function lookAgain(round: Round, finding: Finding): Promise<Look | undefined> {
  const ref = { id: finding.ref, zone: finding.zone };
  const answer = await call(round, 'look', (context) => lookAt(round.provider, context, finding.kind, ref));
  if (answer.ok) return answer.value;
  await failed(round, finding, answer.error.message);
  return undefined;
}

/** True when the delete was accepted. The finding itself is the intent: it was committed before. */
async function deleteFinding(round: Round, finding: Finding): Promise<boolean> {
  const isUnwanted = await apply(round, 'delete-check', async (tx) => {
    const unwanted = await isStillUnwanted(tx, round.providerId, finding);
    if (!unwanted) await closeAsWanted(tx, finding.id);
    return unwanted;
  });
  if (!isUnwanted) return false;
  const ref = { id: finding.ref, zone: finding.zone };
  const answer = await call(round, 'delete', (context) =>
    deleteAt(round.provider, context, finding.kind, ref),
  );
  // An attached volume and a used address go after what holds them.
  if (!answer.ok) {
    await failed(round, finding, answer.error.message);
    return false;
  }
  await apply(round, 'delete', async (tx) => {
    await noteDeleteCalled(tx, finding.id);
    await logFinding(round, tx, finding, 'SWEEP_DELETE');
  });
  return true;
}

/** A look that finds nothing proves the end only a visibility window after the delete, or after the first such look. */
function isProvenAbsent(round: Round, finding: Finding): boolean {
  const sinceMs = finding.deleteCalledAtMs ?? finding.missingSinceMs;
  return sinceMs !== null && round.startedAtMs - sinceMs >= windowMsOf(round);
}

function isDeleteDue(round: Round, finding: Finding): boolean {
  if (finding.deleteCalledAtMs === null) return true;
  const repeatMs = LOOKS_UNTIL_REPEAT * figure(round, 'PROVIDER_POLL_MS');
  return round.startedAtMs - finding.deleteCalledAtMs >= repeatMs;
}

async function failed(round: Round, finding: Finding, message: string): Promise<void> {
  round.errors.push(`${refKeyOf(finding)}: ${message}`.slice(0, 300));
  await apply(round, 'failure', (tx) => noteFailure(tx, finding.id, message));
}

function refKeyOf(finding: Finding): string {
  return keyOf({ kind: finding.kind, ref: { id: finding.ref, zone: finding.zone } });
}
