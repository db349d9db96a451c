/**
 * Puts a mail into the outbox, in the transaction of what it speaks of: both happen or neither does. What the mail
 * says may be a credential, such as the link that sets a password, so it is sealed until it is sent.
 */
import type { NewMail } from '#contracts/mail.ts';
import type { Transaction } from '#database/database.ts';
import type { SealedColumn } from '#database/sealed-rows.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import type { SealedPlace, Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { insertMail } from './store.ts';

export const SEND_MAIL = 'send-mail';
export const SEALED_MAILS: SealedColumn = { table: 'mails', id: 'id', column: 'content', key: 'key_id' };

export type QueueMail = (tx: Transaction, mail: NewMail) => Promise<void>;

export function mailQueue(deps: { readonly env: Env; readonly sealer: Sealer }): QueueMail {
  return async (tx, { to, template, language, values }) => {
    const { env, sealer } = deps;
    const id = newId(env, 'mail');
    const content = sealer.seal(new Secret(JSON.stringify(values)), placeOfMail(id));
    await insertMail(tx, { id, recipient: to, template, language, content });
    await enqueue(tx, { kind: SEND_MAIL, subjectId: id, correlationId: newId(env, 'correlation') });
  };
}

export function placeOfMail(id: string): SealedPlace {
  return { table: 'mails', orgId: '', rowId: id, column: 'content' };
}
