/**
 * Secrets that must be read again, sealed for the database.
 *
 * Each has a random data key of its own (AES-256-GCM); the data key is wrapped by the master key (AES-256-GCM too).
 * Both are bound to the place where the secret lies, so a ciphertext that was moved to another row, column or table
 * does not open. The master key never leaves its file; a short fingerprint of it says which one sealed a row.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { Random } from './env.ts';
import { Secret } from './secret.ts';

/** Where a sealed text lies. */
export interface SealedPlace {
  readonly table: string;
  readonly orgId: string;
  readonly rowId: string;
  readonly column: string;
}

/** A sealed text that does not open here: changed, moved, or sealed with another key. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What cannot be guessed; the file that is made for it has 43 characters. */
export const MASTER_KEY_LENGTH_MIN = 32;

export class Sealer {
  /** Which master key this is; tells nothing about it. */
  readonly keyId: string;
  readonly #random: Random;
  readonly #wrappingKey: Buffer;

  constructor(random: Random, masterKey: Secret) {
    const text = masterKey.reveal();
    if (text.length < MASTER_KEY_LENGTH_MIN) throw new SealError('the master key is too short');
    this.#random = random;
    this.#wrappingKey = Buffer.from(hkdfSync('sha256', text, '', 'inventiv wrapping key', KEY_BYTES));
    this.keyId = createHmac('sha256', text).update('inventiv master key id').digest('hex').slice(0, 16);
  }

  seal(plain: Secret, place: SealedPlace): string {
    const bound = this.#boundTo(place);
    const dataKey = Buffer.from(this.#random.bytes(KEY_BYTES));
    const parts = [
      this.#encrypt(this.#wrappingKey, dataKey, bound),
      this.#encrypt(dataKey, Buffer.from(plain.reveal(), 'utf8'), bound),
    ];
    return [VERSION, this.keyId, ...parts.map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws SealError */
  open(sealed: string, place: SealedPlace): Secret {
    const [version, keyId, wrapped = '', content = '', ...rest] = sealed.split('.');
    if (version !== VERSION || rest.length > 0) throw new SealError('this is not a sealed text of ours');
    if (keyId !== this.keyId) throw new SealError('sealed with another master key');
    const bound = this.#boundTo(place);
    const dataKey = decrypt(this.#wrappingKey, wrapped, bound);
    return new Secret(decrypt(dataKey, content, bound).toString('utf8'));
  }

  /** The same for the same text under the same master key; tells nothing to who has not got the key. */
  fingerprint(text: Secret): string {
    return createHmac('sha256', this.#wrappingKey).update(`fingerprint\n${text.reveal()}`).digest('hex');
  }

  #boundTo({ table, orgId, rowId, column }: SealedPlace): Buffer {
    return Buffer.from([table, orgId, rowId, column, VERSION, this.keyId].join('|'));
  }

  #encrypt(key: Buffer, plain: Buffer, bound: Buffer): Buffer {
    const nonce = Buffer.from(this.#random.bytes(NONCE_BYTES));
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(bound);
    const content = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, content, cipher.getAuthTag()]);
  }
}

function decrypt(key: Buffer, text: string, bound: Buffer): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SealError('the sealed text was cut off');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const content = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(bound);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(content), decipher.final()]);
  } catch (error) {
    throw new SealError('the sealed text was changed, or lies in another place than it was sealed for', {
      cause: error,
    });
  }
}
