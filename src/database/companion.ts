/**
 * What is to be written with whatever transaction commits while some work runs: the audit log's entry of a request is
 * one. The transaction calls its companion as its last act, so both commit or neither does, and no command can forget.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from './database.ts';

export interface Companion {
  /** The last act before the commit; called again when the transaction is repeated. */
  beforeCommit(tx: Transaction): Promise<void>;
  ended(tx: Transaction, isCommitted: boolean): void;
}

const companions = new AsyncLocalStorage<Companion | undefined>();

/** Transactions that begin while `work` runs take this companion along. */
export function accompanied<T>(companion: Companion, work: () => Promise<T>): Promise<T> {
  return companions.run(companion, work);
}

/** For transactions beside the work itself, such as counting its failures: they commit whatever becomes of it. */
export function unaccompanied<T>(work: () => Promise<T>): Promise<T> {
  return companions.run(undefined, work);
}

export function currentCompanion(): Companion | undefined {
  return companions.getStore();
}
