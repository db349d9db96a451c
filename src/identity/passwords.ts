import { hash, verify } from '@node-rs/argon2';
import type { Secret } from '#kernel/secret.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A hash of no password anybody has, so that an unknown user takes as long as a known one. */
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export async function hashPassword(password: Secret): Promise<string> {
  return hash(password.reveal(), COST);
}

/** True when the password belongs to the hash; without a hash it is false after the same effort. */
export async function verifyPassword(passwordHash: string | undefined, password: Secret): Promise<boolean> {
  // What is not a hash is nobody's password, and no error either.
  const known = passwordHash?.startsWith('$argon2id$') ? passwordHash : undefined;
  const isRight = await verify(known ?? NOBODY, password.reveal());
  return known !== undefined && isRight;
}
