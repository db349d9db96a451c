/**
 * Secrets that must be read again, sealed for the database.
 *
 * Each has a random data key of its own (AES-256-GCM); the data key is wrapped by the master key (AES-256-GCM too).
 * Both are bound to the place where the secret lies, so a ciphertext that was moved to another row, column or table
 * does not open. The master key never leaves its file; a short fingerprint of it says which one sealed a row. While
 * the master key is being replaced, several open what they sealed, and one of them seals. They are looked up again
 * before each text is sealed, and when one was sealed with a key not known yet, so no process needs a restart.
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

/** Sealed with a master key that is not here, or not here yet; the text itself may be as it should be. */
export class UnknownKeyError extends SealError {
  override readonly name = 'SealError';
}

/** The master keys that are there now: one seals, all open. */
export interface MasterKeys {
  readonly current: Secret;
  readonly others: readonly Secret[];
}

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What cannot be guessed; the file that is made for it has 43 characters. */
export const MASTER_KEY_LENGTH_MIN = 32;

interface MasterKey {
  readonly text: string;
  readonly id: string;
  readonly wrappingKey: Buffer;
}

export class Sealer {
  readonly #random: Random;
  readonly #read: () => MasterKeys;
  #keys: readonly [MasterKey, ...MasterKey[]];

  constructor(random: Random, keys: Secret | (() => MasterKeys), former?: Secret) {
    this.#random = random;
    this.#read = keys instanceof Secret ? () => ({ current: keys, others: former ? [former] : [] }) : keys;
    this.#keys = deriveKeys(this.#read());
  }

  /** Which master key seals; tells nothing about it. */
  get keyId(): string {
    return this.#refreshed()[0].id;
  }

  /** Which master keys open. */
  get keyIds(): string[] {
    return this.#refreshed().map(({ id }) => id);
  }

  seal(plain: Secret, place: SealedPlace): string {
    const [{ id, wrappingKey }] = this.#refreshed();
    const bound = boundTo(place, id);
    const dataKey = Buffer.from(this.#random.bytes(KEY_BYTES));
    const parts = [
      this.#encrypt(wrappingKey, dataKey, bound),
      this.#encrypt(dataKey, Buffer.from(plain.reveal(), 'utf8'), bound),
    ];
    return [VERSION, id, ...parts.map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws SealError, and UnknownKeyError when the key is not here */
  open(sealed: string, place: SealedPlace): Secret {
    const [version, keyId, wrapped = '', content = '', ...rest] = sealed.split('.');
    if (version !== VERSION || rest.length > 0) throw new SealError('this is not a sealed text of ours');
    const isIts = (one: MasterKey) => one.id === keyId;
    const key = this.#keys.find(isIts) ?? this.#refreshed().find(isIts);
    if (!key) throw new UnknownKeyError('sealed with another master key');
    const bound = boundTo(place, key.id);
    const dataKey = decrypt(key.wrappingKey, wrapped, bound);
    return new Secret(decrypt(dataKey, content, bound).toString('utf8'));
  }

  /** The same for the same text under the same master key; tells nothing to who has not got the key. */
  fingerprint(text: Secret): string {
    return createHmac('sha256', this.#refreshed()[0].wrappingKey)
      .update(`fingerprint\n${text.reveal()}`)
      .digest('hex');
  }

  #refreshed(): readonly [MasterKey, ...MasterKey[]] {
    this.#keys = deriveKeys(this.#read(), this.#keys);
    return this.#keys;
  }

  #encrypt(key: Buffer, plain: Buffer, bound: Buffer): Buffer {
    const nonce = Buffer.from(this.#random.bytes(NONCE_BYTES));
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(bound);
    const content = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, content, cipher.getAuthTag()]);
  }
}

/** Which master key sealed a text; empty when it is no sealed text. */
export function keyIdOf(sealed: string): string {
  const [version, keyId = ''] = sealed.split('.');
  return version === VERSION ? keyId : '';
}

function deriveKeys(
  { current, others }: MasterKeys,
  known: readonly MasterKey[] = [],
): readonly [MasterKey, ...MasterKey[]] {
  const derived = (key: Secret) => known.find(({ text }) => text === key.reveal()) ?? deriveKey(key.reveal());
  return [derived(current), ...others.map(derived)];
}

/** What tells a master key from another one. */
export function masterKeyId(masterKey: Secret): string {
  return createHmac('sha256', masterKey.reveal()).update('inventiv master key id').digest('hex').slice(0, 16);
}

function deriveKey(text: string): MasterKey {
  if (text.length < MASTER_KEY_LENGTH_MIN) throw new SealError('the master key is too short');
  return {
    text,
    id: masterKeyId(new Secret(text)),
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
