/**
 * What a command tells of the change it makes, for the audit log: what was before, what is after, and on what. A
 * command says it wherever it knows it; where nobody keeps a log, as in jobs and tests, it goes nowhere.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface ChangeNote {
  /** Where the address of the request does not name it, as for something new. */
  readonly subject?: { readonly kind: string; readonly id: string | null };
  readonly before?: Readonly<Record<string, unknown>> | undefined;
  readonly after?: Readonly<Record<string, unknown>> | undefined;
  /** Who it was, where nobody was signed in before. */
  readonly actor?: { readonly id: string; readonly name: string; readonly orgId: string | null };
  /** Whose log it belongs to, where not that of the caller's organisation; null: the installation's. */
  readonly orgId?: string | null;
  /** It is a person's own, which nobody else sees: the log does not tell of it either. */
  readonly isPrivate?: boolean;
}

export class ChangeNotes {
  #note: ChangeNote = {};

  get note(): ChangeNote {
    return this.#note;
  }

  /** Said again, as when a transaction is repeated, the last word on each part stands. */
  add(note: ChangeNote): void {
    this.#note = { ...this.#note, ...note };
  }
}

const current = new AsyncLocalStorage<ChangeNotes>();

export function withChangeNotes<T>(notes: ChangeNotes, work: () => Promise<T>): Promise<T> {
  return current.run(notes, work);
}

/** Secrets may be in it: they are hidden where it is written. */
export function noteChange(note: ChangeNote): void {
  current.getStore()?.add(note);
}

/** The same from two views of a thing: only what differs is told. */
export function noteDifference(before: object, after: object): void {
  const [old, now] = [Object.entries(before), Object.entries(after)];
  const isOther = (one: object) => {
    const fields: Record<string, unknown> = { ...one };
    return ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(fields[name]);
  };
  noteChange({
    before: Object.fromEntries(old.filter(isOther(after))),
    after: Object.fromEntries(now.filter(isOther(before))),
  });
}
