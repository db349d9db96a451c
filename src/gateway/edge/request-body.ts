import { AppError } from '#kernel/errors.ts';
import { ClientLeftError } from '../edge.ts';

const NOTHING = Buffer.alloc(0);

/** The body of one request whose length is known, while it arrives. */
export class RequestBody {
  readonly #length: number;
  #missing: number;
  #parts: Buffer[] = [];
  #heldBytes = 0;
  #isDropped = false;
  #reader: PromiseWithResolvers<Buffer> | undefined;

  constructor(length: number) {
    this.#length = length;
    this.#missing = length;
  }

  get missing(): number {
    return this.#missing;
  }

  /** Bytes that nobody has asked for yet. */
  get unaskedBytes(): number {
    return this.#reader ? 0 : this.#heldBytes;
  }

  /** Takes what belongs to the body; returns what comes after it. */
  push(bytes: Buffer): Buffer | undefined {
    const own = bytes.length <= this.#missing ? bytes : bytes.subarray(0, this.#missing);
    this.#missing -= own.length;
    if (!this.#isDropped && own.length > 0) {
      this.#parts.push(own);
      this.#heldBytes += own.length;
    }
    if (this.#missing === 0) this.#give();
    return own.length === bytes.length ? undefined : bytes.subarray(own.length);
  }

  /** @throws request.too_large; rejects with ClientLeftError when `leave` comes first */
  read(bytesMax: number): Promise<Buffer> {
    if (this.#length > bytesMax) {
      this.drop();
      return Promise.reject(new AppError('request.too_large'));
    }
    this.#reader ??= Promise.withResolvers();
    if (this.#missing === 0) this.#give();
    return this.#reader.promise;
  }

  /** Nobody wants it any more: what still comes is read and forgotten. */
  drop(): void {
    this.#isDropped = true;
    this.#parts = [];
    this.#heldBytes = 0;
  }

  leave(): void {
    if (this.#missing > 0) this.#reader?.reject(new ClientLeftError());
    this.drop();
  }

  #give(): void {
    if (!this.#reader || this.#isDropped) return;
    const [first = NOTHING] = this.#parts;
    this.#reader.resolve(this.#parts.length <= 1 ? first : Buffer.concat(this.#parts, this.#length));
    this.drop();
  }
}
