/**
 * Secrets that must be read again, sealed for the database.
 *
 * Each has a random data key of its own (AES-256-GCM); the data key is wrapped by the master key (AES-256-GCM too).
 * Both are bound to the place where the secret lies, so a ciphertext that was moved to another row, column or table
 * does not open. The master key never leaves its file; a short fingerprint of it says which one sealed a row. While
 * the master key is being replaced, the former one still opens what it sealed.
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

interface MasterKey {
  readonly id: string;
  readonly wrappingKey: Buffer;
}

export class Sealer {
  readonly #random: Random;
  readonly #current: MasterKey;
  readonly #former: MasterKey | undefined;

  constructor(random: Random, masterKey: Secret, former?: Secret) {
    this.#random = random;
    this.#current = deriveKey(masterKey);
    this.#former = former && deriveKey(former);
  }

  /** Which master key seals; tells nothing about it. */
  get keyId(): string {
    return this.#current.id;
  }

  /** Which master keys open. */
  get keyIds(): string[] {
    return [this.#current, this.#former].flatMap((key) => key?.id ?? []);
  }

  seal(plain: Secret, place: SealedPlace): string {
    const { id, wrappingKey } = this.#current;
    const bound = boundTo(place, id);
    const dataKey = Buffer.from(this.#random.bytes(KEY_BYTES));
    const parts = [
      this.#encrypt(wrappingKey, dataKey, bound),
      this.#encrypt(dataKey, Buffer.from(plain.reveal(), 'utf8'), bound),
    ];
    return [VERSION, id, ...parts.map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws SealError */
  open(sealed: string, place: SealedPlace): Secret {
    const [version, keyId, wrapped = '', content = '', ...rest] = sealed.split('.');
    if (version !== VERSION || rest.length > 0) throw new SealError('this is not a sealed text of ours');
    const key = [this.#current, this.#former].find((one) => one?.id === keyId);
    if (!key) throw new SealError('sealed with another master key');
    const bound = boundTo(place, key.id);
    const dataKey = decrypt(key.wrappingKey, wrapped, bound);
    return new Secret(decrypt(dataKey, content, bound).toString('utf8'));
  }

  /** The same for the same text under the same master key; tells nothing to who has not got the key. */
  fingerprint(text: Secret): string {
    return createHmac('sha256', this.#current.wrappingKey)
      .update(`fingerprint\n${text.reveal()}`)
      .digest('hex');
  }

  #encrypt(key: Buffer, plain: Buffer, bound: Buffer): Buffer {
    const nonce = Buffer.from(this.#random.bytes(NONCE_BYTES));
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(bound);
    const content = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, content, cipher.getAuthTag()]);
  }
}

function deriveKey(masterKey: Secret): MasterKey {
  const text = masterKey.reveal();
  if (text.length < MASTER_KEY_LENGTH_MIN) throw new SealError('the master key is too short');
  return {
    id: createHmac('sha256', text).update('inventiv master key id').digest('hex').slice(0, 16),
    wrappingKey: Buffer.from(hkdfSync('sha256', text, '', 'inventiv wrapping key', KEY_BYTES)),
  };
}

function boundTo({ table, orgId, rowId, column }: SealedPlace, keyId: string): Buffer {
  return Buffer.from([table, orgId, rowId, column, VERSION, keyId].join('|'));
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
