/**
 * Mails as files, for an installation without a mail server: whoever may read the folder delivers them by hand. The
 * links in them are credentials, so the files are for their owner only. A mail that is sent again replaces its file.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { composeMail, type Sender } from './compose-mail.ts';
import type { MailTransport } from './transport.ts';

export function folderTransport(options: { readonly folder: string; readonly from: Sender }): MailTransport {
  const { folder, from } = options;
  const composer = createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'unix',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(message) {
      const { message: content } = await composer.sendMail(composeMail(message, from));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
      const path = join(folder, `${message.id}.eml`);
      await writeFile(`${path}.new`, content as Buffer, { mode: 0o600, flush: true });
      await rename(`${path}.new`, path);
    },
    close: () => composer.close(),
  };
}
