/**
 * Writes one entry of the audit log for some work: with the first transaction that commits a write, as its last act;
 * or right after, when the work wrote otherwise. What is rolled back leaves none.
 */
import type { Companion } from '#database/companion.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { type AuditEntry, insertAuditEntry } from './audit-log.ts';

export class AuditCompanion implements Companion {
  readonly #entry: () => AuditEntry | undefined;
  #state: 'idle' | 'open' | 'written' = 'idle';
  #holder: Transaction | undefined;

  /** @param entry what is known by then; asked for again when a transaction is repeated; undefined: nobody did it */
  constructor(entry: () => AuditEntry | undefined) {
    this.#entry = entry;
  }

  /** The work begins. Before, as when a repeated request is recognised, nothing is done that needs an entry. */
  open(): void {
    this.#state = 'open';
  }

  async beforeCommit(tx: Transaction): Promise<void> {
    if (this.#state !== 'open' || this.#holder) return;
    this.#holder = tx;
    const entry = this.#entry();
    const isWritten = entry !== undefined && (await insertAuditEntry(tx, entry, { onlyIfChanged: true }));
    if (!isWritten) this.#holder = undefined;
  }

  ended(tx: Transaction, isCommitted: boolean): void {
    if (this.#holder !== tx) return;
    this.#holder = undefined;
    if (isCommitted) this.#state = 'written';
  }

  /** The work is done. */
  async finish(db: Queryable): Promise<void> {
    const isMissing = this.#state === 'open';
    this.#state = 'written';
    const entry = isMissing ? this.#entry() : undefined;
    if (entry) await insertAuditEntry(db, entry, { onlyIfChanged: false });
  }
}
