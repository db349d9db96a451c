/** Cuts what is written into chunks of one size, each stored when it is full. */
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { CHUNK_BYTES, insertChunk } from './file-store.ts';

/** Runs one statement where the writer's owner wants it: alone, or under a lease. */
export type Storing = (store: (db: Queryable) => Promise<void>) => Promise<void>;

export class ChunkWriter {
  readonly #scope: OrgScope;
  readonly #fileId: string;
  readonly #storing: Storing;
  #parts: Buffer[] = [];
  #held = 0;
  #position = 0;
  #stored = 0;

  constructor(scope: OrgScope, fileId: string, storing: Storing) {
    this.#scope = scope;
    this.#fileId = fileId;
    this.#storing = storing;
  }

  /** Of the whole file so far. */
  get bytes(): number {
    return this.#stored + this.#held;
  }

  async write(bytes: Buffer): Promise<void> {
    let rest = bytes;
    while (this.#held + rest.length >= CHUNK_BYTES) {
      const taken = CHUNK_BYTES - this.#held;
      this.#keep(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      await this.#store();
    }
    this.#keep(rest);
  }

  async end(): Promise<void> {
    if (this.#held > 0) await this.#store();
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#held += bytes.length;
  }

  async #store(): Promise<void> {
    const data = Buffer.concat(this.#parts, this.#held);
    const chunk = { fileId: this.#fileId, position: this.#position, data };
    await this.#storing((db) => insertChunk(db, this.#scope, chunk));
    this.#parts = [];
    this.#held = 0;
    this.#position++;
    this.#stored += data.length;
  }
}
