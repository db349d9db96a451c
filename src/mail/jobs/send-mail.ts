/**
 * Sends one mail of the outbox. It is sent before that is written down, so a crash in between sends it again, under
 * the same Message-ID. What the server may take later is tried again for a day, ever more rarely; what it refuses for
 * good, or too long, ends as failed with an alert. In both cases what was in the mail is gone.
 *
 * Few at once: a server that hangs must not take the places of work on machines.
 */
import { closeAlert, raiseAlert } from '#alerts/alerts.ts';
import type { Settings } from '#config/settings.ts';
import type { NewMail } from '#contracts/mail.ts';
import type { Transaction } from '#database/database.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { redact } from '#kernel/redact.ts';
import { backoffMs } from '#kernel/retry.ts';
import { SealError, type Sealer, UnknownKeyError } from '#kernel/sealing.ts';
import { placeOfMail, SEND_MAIL } from '../queue-mail.ts';
import { renderMail } from '../render-mail.ts';
import { endMail, type MailRow, noteFailedAttempt, selectWaitingMail } from '../store.ts';
import { MailRefusedError, type MailTransport } from '../transport.ts';

export interface SendMailDeps {
  readonly env: Env;
  readonly db: Parameters<typeof selectWaitingMail>[0];
  readonly settings: Settings;
  readonly sealer: Sealer;
  readonly transport: MailTransport;
  /** Delay before the first repetition, and the longest one. */
  readonly retry?: { readonly firstMs: number; readonly maxMs: number };
}

/** Mails cannot be sent at all for now. */
export const MAIL_NOT_SENT = 'MAIL_NOT_SENT';
/** One mail will never arrive. */
export const MAIL_UNDELIVERABLE = 'MAIL_UNDELIVERABLE';

const RETRY = { firstMs: 5_000, maxMs: 900_000 };
const ATTEMPTS_BEFORE_ALERT = 3;
const AT_ONCE_MAX = 4;
const LIMIT_MS = 60_000;
const ERROR_LENGTH_MAX = 500;
const HOUR_MS = 3_600_000;
const SERVER = { kind: 'mail', id: 'server' } as const;

/** The subject is the mail's id. */
export function sendMailHandler(deps: SendMailDeps): JobHandler {
  let underWay = 0;
  return {
    kind: SEND_MAIL,
    // It gives up by itself, and visibly.
    neverGivesUp: true,
    async run(lease) {
      if (underWay >= AT_ONCE_MAX) return { againInMs: 500 + Math.floor(deps.env.random.float() * 500) };
      underWay += 1;
      try {
        return await sendMail(deps, lease);
      } finally {
        underWay -= 1;
      }
    },
  };
}

async function sendMail(deps: SendMailDeps, lease: Lease): Promise<JobOutcome> {
  const mail = await selectWaitingMail(deps.db, lease.subjectId);
  if (!mail) return { done: true };
  try {
    const values = JSON.parse(deps.sealer.open(mail.content, placeOfMail(mail.id)).reveal());
    const { recipient: to, template, language } = mail;
    await withinLimit(deps, lease, renderMail(mail.id, { to, template, language, values } as NewMail));
  } catch (error) {
    // What ended because this run ends says nothing about the mail.
    lease.signal.throwIfAborted();
    return settleFailure(deps, lease, mail, error);
  }
  await deps.env.crashPoint('send-mail.commit');
  await lease.apply(async (tx) => {
    await endMail(tx, mail.id, { state: 'sent', error: null });
    await closeAlert(tx, SERVER, MAIL_NOT_SENT);
  });
  return { done: true };
}

async function withinLimit(
  { env, transport }: SendMailDeps,
  lease: Lease,
  message: Parameters<MailTransport['send']>[0],
): Promise<void> {
  const limit = new AbortController();
  const done = new AbortController();
  const timer = env
    .sleep(LIMIT_MS, done.signal)
    .then(() => limit.abort(new Error(`not sent within ${LIMIT_MS / 1000} s`)))
    .catch(() => undefined);
  try {
    await transport.send(message, AbortSignal.any([lease.signal, limit.signal]));
  } finally {
    done.abort();
    await timer;
  }
}

async function settleFailure(
  deps: SendMailDeps,
  lease: Lease,
  mail: MailRow,
  error: unknown,
): Promise<JobOutcome> {
  const text = redact(messageOf(error)).slice(0, ERROR_LENGTH_MAX);
  const isRefused = error instanceof MailRefusedError || isUnreadable(error);
  const isTooOld = mail.ageMs > deps.settings.get('MAIL_RETRY_HOURS') * HOUR_MS;
  const attempts = mail.attempts + 1;
  const isOver = isRefused || isTooOld;
  deps.env.log.warn({ mail_id: mail.id, attempts, error: text, is_over: isOver }, 'a mail was not sent');
  await lease.apply(async (tx) => {
    if (!isRefused && attempts >= ATTEMPTS_BEFORE_ALERT)
      await alert(deps, tx, lease, MAIL_NOT_SENT, SERVER, text);
    if (!isOver) return noteFailedAttempt(tx, mail.id, text);
    await endMail(tx, mail.id, { state: 'failed', error: text });
    await alert(deps, tx, lease, MAIL_UNDELIVERABLE, { kind: 'mail', id: mail.id }, text);
  });
  if (isOver) return { done: true };
  return { againInMs: backoffMs(deps.retry ?? RETRY, attempts, deps.env.random) };
}

/** A key that is not here may be on its way, while master keys are being replaced. */
function isUnreadable(error: unknown): boolean {
  return error instanceof SealError && !(error instanceof UnknownKeyError);
}

async function alert(
  { env }: SendMailDeps,
  tx: Transaction,
  { correlationId }: Lease,
  code: string,
  subject: { readonly kind: string; readonly id: string },
  message: string,
): Promise<void> {
  const details = { message };
  await raiseAlert(env, tx, { code, severity: 'warning', orgId: null, subject, details, correlationId });
}
