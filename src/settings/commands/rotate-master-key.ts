/**
 * Replaces the master key while everything runs.
 *
 * The next key is made and can be opened with by every process; then it becomes the one that seals, and the former
 * one opens only; then every sealed text is sealed anew, row by row; and when nothing uses the former key any more, it
 * is retired: the guards of the database refuse a text that is sealed with it, so none can appear afterwards, also not
 * from a transaction that sealed just before. Killed at any instant, the next run goes on where it was cut off, seen
 * from the files and the rows alone. A text that does not open keeps the key that sealed it from being retired.
 */
import type { MasterKeyFiles } from '#config/master-key-files.ts';
import type { Transaction } from '#database/database.ts';
import {
  countByKey,
  type KeyUse,
  type ResealDeps,
  resealAll,
  type SealedColumn,
  type Unreadable,
} from '#database/sealed-rows.ts';
import { masterKeyId } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import { markRetired, noteMasterKeys } from '../master-key-store.ts';

export interface RotateDeps extends ResealDeps {
  readonly files: MasterKeyFiles;
  readonly columns: readonly SealedColumn[];
  /** Commits with its entry in the audit log. */
  readonly audited: (
    action: string,
    keyId: string,
    work: (tx: Transaction) => Promise<void>,
  ) => Promise<void>;
}

export interface Rotation {
  /** It was cut off before, and went on. */
  readonly isResumed: boolean;
  readonly keyId: string;
  readonly formerKeyId: string;
  readonly resealed: number;
  readonly unreadable: readonly Unreadable[];
  /** What still keeps the former key. */
  readonly left: readonly KeyUse[];
  /** Where the former key is kept; undefined while it is needed. */
  readonly keptIn: string | undefined;
}

/** Each pass finds less: what is sealed meanwhile is sealed with the new key. */
const PASSES_MAX = 10;

/** Makes the next key and stops there, so that it can be brought to other machines first. @returns its id */
export async function prepareMasterKey(deps: RotateDeps): Promise<string> {
  const next = masterKeyId(deps.files.ensureNext(deps.env.random));
  await deps.env.crashPoint('rotate-master-key.made');
  const ids = [masterKeyId(deps.files.current), next];
  await deps.audited('master_key.create', next, (tx) => noteMasterKeys(tx, ids));
  await deps.env.crashPoint('rotate-master-key.registered');
  return next;
}

export async function rotateMasterKey(deps: RotateDeps): Promise<Rotation> {
  const { files, sealer } = deps;
  const begun = files.former;
  const isResumed = begun !== undefined;
  // Cut off before the new key sealed, or not begun at all.
  if (!begun || isSame(begun, files.current)) {
    await prepareMasterKey(deps);
    await promote(deps);
  }
  const former = files.former;
  if (!former) throw new Error('the former master key went away');
  const formerKeyId = masterKeyId(former);
  let resealed = 0;
  for (let pass = 1; ; pass++) {
    const { rows, unreadable } = await resealAll(deps, deps.columns);
    resealed += rows;
    const left = (await countByKey(deps.db, deps.columns)).filter(({ keyId }) => keyId === formerKeyId);
    const result = { isResumed, keyId: sealer.keyId, formerKeyId, resealed, unreadable, left };
    if (left.length === 0 && (await retire(deps, formerKeyId))) {
      return { ...result, keptIn: files.putAwayFormer(former) };
    }
    if (pass === PASSES_MAX || (left.length > 0 && rows === 0)) return { ...result, keptIn: undefined };
  }
}

/** In two renames: until the second one, the key that seals is the one it was. */
async function promote({ env, files }: RotateDeps): Promise<void> {
  files.keepFormer();
  await env.crashPoint('rotate-master-key.former-kept');
  files.promote();
  await env.crashPoint('rotate-master-key.promoted');
}

/** False when somebody had just sealed with it: another pass is needed. */
async function retire({ env, audited, columns }: RotateDeps, keyId: string): Promise<boolean> {
  await env.crashPoint('rotate-master-key.retire');
  try {
    await audited('master_key.retire', keyId, async (tx) => {
      await markRetired(tx, keyId);
      const uses = await countByKey(tx, columns);
      if (uses.some((use) => use.keyId === keyId)) throw new StillUsed();
    });
  } catch (error) {
    if (error instanceof StillUsed) return false;
    throw error;
  }
  await env.crashPoint('rotate-master-key.retired');
  return true;
}

class StillUsed extends Error {}

function isSame(a: Secret, b: Secret): boolean {
  return a.reveal() === b.reveal();
}
