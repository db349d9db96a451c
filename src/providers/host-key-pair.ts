import ssh2 from 'ssh2';

export interface KeyPair {
  /** In OpenSSH's form. */
  readonly private: string;
  /** A line of `authorized_keys`. */
  readonly public: string;
}

type Generate = (comment: string | undefined) => KeyPair;

const ATTEMPTS_MAX = 100;
const generateEd25519: Generate = (comment) =>
  ssh2.utils.generateKeyPairSync('ed25519', comment === undefined ? {} : { comment });

/**
 * A new ed25519 pair. The library leaves out a zero at the beginning of a number, about once in two hundred pairs, and
 * what it writes then no program reads: such a pair is made again.
 */
export function newKeyPair(comment?: string, generate = generateEd25519): KeyPair {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const pair = generate(comment);
    if (isReadable(pair.private) && isReadable(pair.public)) return pair;
  }
  throw new Error('no key pair could be made that is readable');
}

function isReadable(key: string): boolean {
  const parsed = ssh2.utils.parseKey(key);
  return !(parsed instanceof Error) && !(Array.isArray(parsed) && parsed[0] instanceof Error);
}
