/** All SQL of mails. What is in them arrives here sealed, and is gone when a mail was sent or given up. */
import type { MailTemplate, NewMail } from '#contracts/mail.ts';
import type { Queryable, Transaction } from '#database/database.ts';

export interface MailRow {
  readonly id: string;
  readonly recipient: string;
  readonly template: MailTemplate;
  readonly language: NewMail['language'];
  /** Sealed. */
  readonly content: string;
  readonly attempts: number;
  readonly ageMs: number;
}

export async function insertMail(
  tx: Transaction,
  mail: Pick<MailRow, 'id' | 'recipient' | 'template' | 'language' | 'content'>,
): Promise<void> {
  await tx.query(
    `insert into mails (id, recipient, template, language, content, created_at)
     values ($1, $2, $3, $4, $5, app_now())`,
    [mail.id, mail.recipient, mail.template, mail.language, mail.content],
  );
}

/** One that is still to be sent. */
export async function selectWaitingMail(db: Queryable, id: string): Promise<MailRow | undefined> {
  const [row] = await db.query<MailRow>(
    `select id, recipient, template, language, content, attempts,
            extract(epoch from app_now() - created_at)::double precision * 1000 as "ageMs"
     from mails where id = $1 and state = 'waiting'`,
    [id],
  );
  return row;
}

export async function endMail(
  tx: Transaction,
  id: string,
  outcome: { readonly state: 'sent' | 'failed'; readonly error: string | null },
): Promise<void> {
  await tx.query(
    `update mails set state = $2, last_error = $3, content = null, attempts = attempts + 1, ended_at = app_now()
     where id = $1 and state = 'waiting'`,
    [id, outcome.state, outcome.error],
  );
}

export async function noteFailedAttempt(tx: Transaction, id: string, error: string): Promise<void> {
  await tx.query(
    `update mails set attempts = attempts + 1, last_error = $2 where id = $1 and state = 'waiting'`,
    [id, error],
  );
}

/** Forgets mails that ended long ago. Uses mails_by_age; gives the ids of those that could not be sent. */
export async function deleteOldMails(
  tx: Transaction,
  retentionDays: number,
  limit: number,
): Promise<{ readonly id: string; readonly state: string }[]> {
  return tx.query(
    `delete from mails where id in (
       select id from mails
       where created_at < app_now() - make_interval(days => $1) and state <> 'waiting'
       order by created_at, id limit $2)
     returning id, state`,
    [retentionDays, limit],
  );
}
