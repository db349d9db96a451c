/**
 * A create that is repeated with its Idempotency-Key answers what it answered first, for 24 hours.
 *
 * The key's row is written in the transaction of the create itself, so both commit or neither does: after a crash the
 * repetition either finds the first answer or runs for the first time. A repetition at the same moment waits on that
 * row. A refused create leaves no row, so it may be corrected and sent again with the same key. Secrets are blanked
 * before the answer is kept.
 */
import { createHash } from 'node:crypto';
import { type Database, sqlStateOf, type Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ReplyHeaders } from './route.ts';

export interface IdempotentCall {
  readonly scope: OrgScope;
  readonly userId: string;
  readonly key: string;
  /** SHA-256 over everything that makes the request what it is. */
  readonly requestHash: string;
  /** Top-level fields that a replay shows as null. */
  readonly hidden: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: ReplyHeaders;
  readonly isReplayed: boolean;
}

const WAIT_LIMIT_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** The key of a request. @throws request.invalid when it is not 1 to 200 printable characters */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(header)) {
    throw new AppError('request.invalid', {
      publicMessage: 'The Idempotency-Key must be 1 to 200 printable characters without spaces.',
    });
  }
  return header;
}

export function hashRequest(routeName: string, parts: unknown): string {
  return createHash('sha256')
    .update(`${routeName}\n${JSON.stringify(parts)}`)
    .digest('hex');
}

/**
 * Runs `work` once per key, or answers what it answered before.
 * @throws request.idempotency_mismatch, request.idempotency_in_progress
 */
export async function runOnce(
  db: Database,
  call: IdempotentCall,
  work: (tx: Transaction) => Promise<Omit<Answer, 'isReplayed'>>,
): Promise<Answer> {
  return db.transaction(async (tx) => {
    if (!(await claimKey(tx, call))) return replay(tx, call);
    const { status, body, headers } = await work(tx);
    await tx.query(
      `update idempotency_keys set status = $4, body = $5, headers = $6 where org_id = $1 and user_id = $2 and key = $3`,
      [
        call.scope.orgId,
        call.userId,
        call.key,
        status,
        JSON.stringify(blank(body, call.hidden) ?? null),
        JSON.stringify(withoutCookies(headers)),
      ],
    );
    return { status, body, headers, isReplayed: false };
  });
}

/** Forgets answers that are too old to be asked for again. */
export async function removeOldIdempotencyKeys(db: Database): Promise<void> {
  await db.query(`delete from idempotency_keys where created_at < app_now() - interval '24 hours'`);
}

/** True when the key is ours to use; waits while another transaction holds it. */
async function claimKey(tx: Transaction, call: IdempotentCall): Promise<boolean> {
  const identity = [call.scope.orgId, call.userId, call.key];
  try {
    await tx.query(`set local lock_timeout = ${WAIT_LIMIT_MS}`);
    await tx.query(
      `delete from idempotency_keys
       where org_id = $1 and user_id = $2 and key = $3 and created_at < app_now() - interval '24 hours'`,
      identity,
    );
    const inserted = await tx.query(
      `insert into idempotency_keys (org_id, user_id, key, request_hash, created_at)
       values ($1, $2, $3, $4, app_now()) on conflict do nothing returning key`,
      [...identity, call.requestHash],
    );
    await tx.query(`set local lock_timeout = 0`);
    return inserted.length === 1;
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw new AppError('request.idempotency_in_progress', { cause: error, retryAfterMs: 1_000 });
  }
}

async function replay(tx: Transaction, call: IdempotentCall): Promise<Answer> {
  const [row] = await tx.query<KeptAnswer>(
    `select request_hash, status, body, headers from idempotency_keys where org_id = $1 and user_id = $2 and key = $3`,
    [call.scope.orgId, call.userId, call.key],
  );
  // The row can only be missing when its day ended between the two statements.
  if (row?.status == null) throw new AppError('request.idempotency_in_progress', { retryAfterMs: 1_000 });
  if (row.request_hash !== call.requestHash) throw new AppError('request.idempotency_mismatch');
  return { status: row.status, body: row.body, headers: row.headers, isReplayed: true };
}

interface KeptAnswer {
  readonly request_hash: string;
  readonly status: number | null;
  readonly body: unknown;
  readonly headers: ReplyHeaders;
}

/** A cookie is for one browser, once. */
function withoutCookies(headers: ReplyHeaders): ReplyHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'set-cookie'));
}

function blank(body: unknown, hidden: readonly string[]): unknown {
  if (hidden.length === 0 || typeof body !== 'object' || body === null) return body;
  return { ...body, ...Object.fromEntries(hidden.map((field) => [field, null])) };
}
