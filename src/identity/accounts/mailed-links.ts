/**
 * Links by mail that stand for their reader: to set a password, to confirm an address. The token is in the mail and
 * nowhere else; the row has its hash. It is in the part of the address that browsers keep to themselves, so no log
 * and no other site sees it.
 */
import type { Transaction } from '#database/database.ts';
import { newId } from '#kernel/ids.ts';
import { hashToken, mintToken, parseToken, tokenIdOf } from '#kernel/token.ts';
import type { AccountDeps } from './account-rules.ts';
import { insertLink, type LinkPurpose } from './link-store.ts';
import type { UserRow } from './user-store.ts';

const HOUR_MS = 3_600_000;
const TTL_MS: Readonly<Record<LinkPurpose, number>> = {
  reset_password: HOUR_MS,
  set_password: 72 * HOUR_MS,
  confirm_email: 24 * HOUR_MS,
};
const PAGE: Readonly<Record<LinkPurpose, string>> = {
  reset_password: '/reset-password',
  set_password: '/reset-password',
  confirm_email: '/confirm-email',
};

/** Makes a link, which replaces the former of its kind, and queues the mail with it. */
export async function mailLink(
  deps: Pick<AccountDeps, 'env' | 'queueMail' | 'publicUrl'>,
  tx: Transaction,
  user: Pick<UserRow, 'id' | 'username' | 'email' | 'language'>,
  wanted: { readonly purpose: LinkPurpose; readonly newEmail?: string },
): Promise<void> {
  const { env, queueMail, publicUrl } = deps;
  const { purpose, newEmail } = wanted;
  const id = newId(env, 'accountLink');
  const token = mintToken(env.random, 'link', tokenIdOf(id)).reveal();
  await insertLink(tx, {
    id,
    userId: user.id,
    purpose,
    tokenHash: hashToken(token),
    email: newEmail ?? null,
    ttlMs: TTL_MS[purpose],
  });
  await queueMail(tx, {
    to: newEmail ?? user.email,
    template: TEMPLATE[purpose],
    language: user.language,
    values: {
      username: user.username,
      link: `${publicUrl}${PAGE[purpose]}#token=${token}`,
      ...(newEmail === undefined ? {} : { new_email: newEmail }),
    },
  });
}

const TEMPLATE = {
  reset_password: 'password_reset',
  set_password: 'account_created',
  confirm_email: 'email_changed',
} as const satisfies Record<LinkPurpose, string>;

/** The hash of a token of a link; undefined for garbage. */
export function hashOfLink(token: string): string | undefined {
  return parseToken(token)?.type === 'link' ? hashToken(token) : undefined;
}
