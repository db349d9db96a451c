/** Rounds of the sweep, what complete listings missed, and what people confirmed. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { Account } from '../sweep/subject.ts';

export interface NewRound extends Account {
  readonly id: string;
  readonly startedAtMs: number;
  readonly epoch: number;
}

export interface RoundFigures {
  readonly held: 'breaker' | 'restored' | undefined;
  readonly listed: number;
  readonly wanted: number;
  readonly missing: number;
  readonly orphans: number;
  readonly reported: number;
}

/** Nothing is decided on a listing that is not complete. */
export async function insertVoidRound(
  tx: Transaction,
  round: NewRound,
  error: string,
  keepRounds: number,
): Promise<void> {
  await tx.query(
    `insert into sweep_rounds (id, provider_id, account_id, state, epoch, errors, started_at, ended_at)
     values ($1, $2, $3, 'void', $4, $5, to_timestamp($6::double precision / 1000), app_now())`,
    [
      round.id,
      round.providerId,
      round.accountId,
      round.epoch,
      JSON.stringify([error.slice(0, 500)]),
      round.startedAtMs,
    ],
  );
  await removeOldRounds(tx, round, keepRounds);
}

export async function insertRound(tx: Transaction, round: NewRound, figures: RoundFigures): Promise<void> {
  await tx.query(
    `insert into sweep_rounds (id, provider_id, account_id, state, held, epoch, listed, wanted, missing, orphans,
       reported, started_at)
     values ($1, $2, $3, 'acting', $4, $5, $6, $7, $8, $9, $10, to_timestamp($11::double precision / 1000))`,
    [
      round.id,
      round.providerId,
      round.accountId,
      figures.held ?? null,
      round.epoch,
      figures.listed,
      figures.wanted,
      figures.missing,
      figures.orphans,
      figures.reported,
      round.startedAtMs,
    ],
  );
}

export interface RoundResult {
  readonly adopted: number;
  readonly deleted: number;
  readonly gone: number;
  readonly errors: readonly string[];
}

/** Rounds that their process did not live to finish count as complete too: their listing was, and their decision. */
export async function finishRound(
  tx: Transaction,
  round: NewRound,
  result: RoundResult,
  keepRounds: number,
): Promise<void> {
  await tx.query(
    `update sweep_rounds set state = 'complete', ended_at = app_now(), adopted = $2, deleted = $3, gone = $4,
       errors = $5
     where id = $1`,
    [round.id, result.adopted, result.deleted, result.gone, JSON.stringify(result.errors.slice(0, 50))],
  );
  await tx.query(
    `update sweep_rounds set state = 'complete', ended_at = app_now()
     where provider_id = $1 and account_id = $2 and state = 'acting' and id <> $3`,
    [round.providerId, round.accountId, round.id],
  );
  await removeOldRounds(tx, round, keepRounds);
}

/** The last complete one stays, however many were void since. */
async function removeOldRounds(tx: Transaction, round: NewRound, keepRounds: number): Promise<void> {
  await tx.query(
    `delete from sweep_rounds where id in (
       select id from sweep_rounds where provider_id = $1 and account_id = $2
         and id <> coalesce((select id from sweep_rounds
                             where provider_id = $1 and account_id = $2 and state = 'complete'
                             order by started_at desc, id desc limit 1), '')
       order by started_at desc, id desc offset $3)`,
    [round.providerId, round.accountId, keepRounds],
  );
}

/** How long this account has not been listed completely; null when it never failed to be. */
export async function readBlindMs(db: Queryable, round: NewRound): Promise<number | null> {
  const [row] = await db.query<{ ms: number | null }>(
    `select (extract(epoch from app_now() - coalesce(
               max(started_at) filter (where state <> 'void'), min(started_at))) * 1000)::double precision as ms
     from sweep_rounds where provider_id = $1 and account_id = $2`,
    [round.providerId, round.accountId],
  );
  return row?.ms ?? null;
}

export interface MissingRow {
  readonly kind: string;
  readonly zone: string;
  readonly ref: string;
  readonly orgId: OrgId;
  readonly instanceId: string;
  readonly volumeId: string | null;
}

/** Counts complete rounds in a row; whatever was listed again is forgotten. Answers what two rounds have missed. */
export async function recordMissing(
  tx: Transaction,
  round: NewRound,
  missing: readonly MissingRow[],
): Promise<MissingRow[]> {
  const rows = oncePerResource(missing);
  const column = <K extends keyof MissingRow>(name: K) => rows.map((row) => row[name]);
  await tx.query(
    `insert into sweep_missing (provider_id, account_id, kind, zone, ref, org_id, instance_id, volume_id, rounds,
       first_missed_at, last_missed_at)
     select $1, $2, kind, zone, ref, org_id, instance_id, volume_id, 1, app_now(), app_now()
     from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       as m (kind, zone, ref, org_id, instance_id, volume_id)
     order by kind, zone, ref
     on conflict (provider_id, account_id, kind, zone, ref) do update set
       rounds = sweep_missing.rounds + 1, last_missed_at = app_now()`,
    [
      round.providerId,
      round.accountId,
      ...[column('kind'), column('zone'), column('ref')],
      ...[column('orgId'), column('instanceId'), column('volumeId')],
    ],
  );
  await tx.query(
    `delete from sweep_missing where provider_id = $1 and account_id = $2
       and not (kind || ' ' || zone || ' ' || ref = any($3))`,
    [round.providerId, round.accountId, missing.map((row) => `${row.kind} ${row.zone} ${row.ref}`)],
  );
  return tx.query<MissingRow>(
    `select kind, zone, ref, org_id as "orgId", instance_id as "instanceId", volume_id as "volumeId"
     from sweep_missing where provider_id = $1 and account_id = $2 and rounds >= 2
     order by kind, zone, ref`,
    [round.providerId, round.accountId],
  );
}

/** Two orders may name the same thing, which is missed once all the same. The first one is told. */
function oncePerResource(missing: readonly MissingRow[]): MissingRow[] {
  const keyed = missing.map((row) => [`${row.kind} ${row.zone} ${row.ref}`, row] as const);
  return [...new Map(keyed.toReversed()).values()];
}

export interface RoundView {
  readonly id: string;
  readonly provider_id: string;
  readonly account_id: string;
  readonly state: 'acting' | 'complete' | 'void';
  readonly held: 'breaker' | 'restored' | null;
  readonly epoch: number;
  readonly listed: number;
  readonly wanted: number;
  readonly missing: number;
  readonly orphans: number;
  readonly reported: number;
  readonly adopted: number;
  readonly deleted: number;
  readonly gone: number;
  readonly errors: readonly string[];
  readonly started_at: Date;
  readonly ended_at: Date | null;
}

const SHOWN = `id, provider_id, account_id, state, held, epoch, listed, wanted, missing, orphans, reported, adopted,
  deleted, gone, errors, started_at, ended_at`;

export async function selectRounds(db: Queryable, limit: number): Promise<RoundView[]> {
  return db.query<RoundView>(`select ${SHOWN} from sweep_rounds order by started_at desc, id desc limit $1`, [
    limit,
  ]);
}

/** The first round of this account that began after a moment and has ended. */
export async function findRoundAfter(
  db: Queryable,
  account: Account,
  after: Date,
): Promise<RoundView | undefined> {
  const [row] = await db.query<RoundView>(
    `select ${SHOWN} from sweep_rounds
     where provider_id = $1 and account_id = $2 and started_at >= $3 and ended_at is not null
     order by started_at, id limit 1`,
    [account.providerId, account.accountId, after],
  );
  return row;
}

export async function findRound(db: Queryable, id: string): Promise<RoundView | undefined> {
  const [row] = await db.query<RoundView>(`select ${SHOWN} from sweep_rounds where id = $1`, [id]);
  return row;
}

/** The newest round of each account, for those who must confirm one. */
export async function selectHeldRounds(db: Queryable): Promise<RoundView[]> {
  return db.query<RoundView>(
    `select ${SHOWN} from (
       select *, row_number() over (partition by provider_id, account_id order by started_at desc, id desc) as age
       from sweep_rounds where state <> 'void') r
     where age = 1 and held is not null order by provider_id, account_id`,
  );
}

export interface NewConfirmation extends Account {
  readonly id: string;
  readonly roundId: string;
  readonly epoch: number;
  readonly findings: number;
  readonly by: string;
}

export async function insertConfirmation(tx: Transaction, confirmation: NewConfirmation): Promise<void> {
  await tx.query(
    `insert into sweep_confirmations (id, provider_id, account_id, round_id, epoch, findings, confirmed_by,
       confirmed_at)
     values ($1, $2, $3, $4, $5, $6, $7, app_now())`,
    [
      confirmation.id,
      confirmation.providerId,
      confirmation.accountId,
      confirmation.roundId,
      confirmation.epoch,
      confirmation.findings,
      confirmation.by,
    ],
  );
}

export interface ConfirmationView {
  readonly id: string;
  readonly provider_id: string;
  readonly account_id: string;
  readonly round_id: string;
  readonly epoch: number;
  readonly findings: number;
  readonly confirmed_by: string;
  readonly confirmed_at: Date;
}

export async function selectConfirmations(db: Queryable, limit: number): Promise<ConfirmationView[]> {
  return db.query<ConfirmationView>(
    `select id, provider_id, account_id, round_id, epoch, findings, confirmed_by, confirmed_at
     from sweep_confirmations order by confirmed_at desc, id desc limit $1`,
    [limit],
  );
}
