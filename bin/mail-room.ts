/** How mails leave: by the server that the secret file `smtp_url` names, else as files in the data directory. */
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { readOptionalSecret } from '#config/secrets.ts';
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import type { Sealer } from '#kernel/sealing.ts';
import { parseSender } from '#mail/compose-mail.ts';
import { folderTransport } from '#mail/folder-transport.ts';
import { EXPIRE_MAILS, expireMailsHandler } from '#mail/jobs/expire-mails.ts';
import { sendMailHandler } from '#mail/jobs/send-mail.ts';
import { smtpTransport } from '#mail/smtp-transport.ts';
import type { MailTransport } from '#mail/transport.ts';

export const MAIL_SCHEDULES = [EXPIRE_MAILS] as const;

export interface MailRoom {
  readonly handlers: readonly JobHandler[];
  close(): void;
}

/** @throws ConfigError */
export function openMailRoom(deps: {
  readonly env: Env;
  readonly config: Config;
  readonly db: Database;
  readonly settings: Settings;
  readonly sealer: Sealer;
}): MailRoom {
  const transport = openTransport(deps.env, deps.config);
  return {
    handlers: [sendMailHandler({ ...deps, transport }), expireMailsHandler(deps.settings)],
    close: () => transport.close(),
  };
}

function openTransport(env: Env, config: Config): MailTransport {
  const from = parseSender(config.values.MAIL_FROM);
  const url = readOptionalSecret(config, 'smtp_url');
  if (url) return smtpTransport({ url, from });
  const folder = join(config.dataDir, 'mail');
  env.log.info({ folder }, 'mails become files, because there is no secret file smtp_url');
  return folderTransport({ folder, from });
}
