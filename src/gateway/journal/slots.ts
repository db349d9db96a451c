/**
 * Gateway processes side by side on one data directory, each with a journal of its own.
 *
 * A process takes the first directory that no living process holds: after a crash that is the one it left, so it
 * settles its own orphans; while a predecessor still drains it is the next one. What a dead process left in a
 * directory that nobody took again is settled and shipped by any living one (left-journals.ts).
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { DirectoryHeldError } from './directory-lock.ts';
import { Journal, type JournalOptions, type Orphan } from './journal.ts';

const SLOTS_MAX = 64;
const NAME = /^journal(?:-\d{1,2})?$/;

export interface OpenedJournal {
  readonly journal: Journal;
  readonly orphans: Orphan[];
}

/** @throws DirectoryHeldError when all are held, and what Journal.open throws */
export async function openFreeJournal(
  env: Env,
  root: string,
  options: Omit<JournalOptions, 'directory' | 'lockWaitMs'>,
): Promise<OpenedJournal> {
  for (let slot = 0; slot < SLOTS_MAX; slot++) {
    const opened = await openUnlessHeld(env, { ...options, directory: slotDirectory(root, slot) });
    if (opened) return opened;
  }
  throw new DirectoryHeldError(root);
}

/** Undefined when a living process holds it. */
export async function openUnlessHeld(env: Env, options: JournalOptions): Promise<OpenedJournal | undefined> {
  try {
    return await Journal.open(env, { ...options, lockWaitMs: 0 });
  } catch (error) {
    if (error instanceof DirectoryHeldError) return undefined;
    throw error;
  }
}

export function listSlotDirectories(root: string): string[] {
  return readdirSync(root)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(root, name));
}

function slotDirectory(root: string, slot: number): string {
  return join(root, slot === 0 ? 'journal' : `journal-${slot}`);
}
