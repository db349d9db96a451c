/** Every column that holds sealed texts; a test compares with the guards of the schema. */
import type { SealedColumn } from '#database/sealed-rows.ts';
import { SEALED_HOSTS } from '#hosts/sealed-hosts.ts';
import { SEALED_TOTP } from '#identity/totp/one-time-codes.ts';
import { SEALED_MAILS } from '#mail/queue-mail.ts';
import { SEALED_ACCOUNTS } from '#settings/account-directory.ts';
import { SEALED_ENDPOINTS } from '#webhooks/secrets.ts';

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  ...SEALED_ACCOUNTS,
  SEALED_TOTP,
  SEALED_MAILS,
  ...SEALED_ENDPOINTS,
  ...SEALED_HOSTS,
];
