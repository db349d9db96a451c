/**
 * When the control plane was alive, told by the database itself. A database that was restored from a backup shows a
 * gap: the last sign of life in the backup, and now.
 */
import type { Queryable, Transaction } from '#database/database.ts';
import type { Account } from '../sweep/subject.ts';

/** Away longer than this begins a new epoch. */
const AWAY_SECONDS = 60;

export interface Epoch {
  readonly number: number;
  readonly nowMs: number;
  readonly aliveUntilMs: number;
  readonly isNew: boolean;
}

/**
 * A sign of life, and the epoch it belongs to. `knownAliveMs` is the last sign that this process wrote: a database
 * that remembers less has lost writes, however short the time. One statement decides, so many may call it at once.
 */
export async function signOfLife(tx: Transaction, knownAliveMs: number | null): Promise<Epoch> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('control_epochs'))`);
  const [newest] = await tx.query<{ number: number; isAway: boolean }>(
    `select number, alive_until < app_now() - make_interval(secs => $1)
            or alive_until < to_timestamp($2::double precision / 1000) as "isAway"
     from control_epochs order by number desc limit 1`,
    [AWAY_SECONDS, knownAliveMs],
  );
  const isNew = newest === undefined || newest.isAway;
  const [row] = await tx.query<Omit<Epoch, 'isNew'>>(isNew ? BEGIN : GO_ON);
  if (!row) throw new Error('an epoch without a row');
  return { ...row, isNew };
}

const SHOWN = `number, (extract(epoch from app_now()) * 1000)::double precision as "nowMs",
  (extract(epoch from alive_until) * 1000)::double precision as "aliveUntilMs"`;

const BEGIN = `
  insert into control_epochs (number, gap_from, began_at, alive_until)
  select coalesce(max(number), 0) + 1, (select alive_until from control_epochs order by number desc limit 1),
         app_now(), app_now()
  from control_epochs returning ${SHOWN}`;

const GO_ON = `
  update control_epochs set alive_until = greatest(alive_until, app_now())
  where number = (select max(number) from control_epochs) returning ${SHOWN}`;

export interface GapRow {
  readonly epoch: number;
  readonly fromMs: number | null;
  readonly toMs: number;
}

/** Gaps that nobody has accepted for this account. */
export async function selectOpenGaps(db: Queryable, account: Account): Promise<GapRow[]> {
  return db.query<GapRow>(
    `select number as epoch, (extract(epoch from gap_from) * 1000)::double precision as "fromMs",
            (extract(epoch from began_at) * 1000)::double precision as "toMs"
     from control_epochs
     where number > (select coalesce(max(epoch), 0) from sweep_confirmations
                     where provider_id = $1 and account_id = $2)
     order by number`,
    [account.providerId, account.accountId],
  );
}

export interface EpochView {
  readonly number: number;
  readonly gap_from: Date | null;
  readonly began_at: Date;
  readonly alive_until: Date;
}

export async function selectEpochs(db: Queryable, limit: number): Promise<EpochView[]> {
  return db.query<EpochView>(
    `select number, gap_from, began_at, alive_until from control_epochs order by number desc limit $1`,
    [limit],
  );
}
