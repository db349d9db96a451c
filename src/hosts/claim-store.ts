/** All SQL of claims: who has which host, since when, and what became of it. Scripts arrive and leave sealed. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { HostFacts } from '#providers/host-book.ts';
import { type HostReach, SILENT_HOST } from './host-store.ts';

export interface ClaimRow {
  readonly id: string;
  readonly orgId: OrgId;
  readonly hostId: string;
  readonly attempt: string;
  readonly installation: string;
  readonly instance: string;
  readonly zone: string;
  readonly typeCode: string;
  readonly expiresAtMs: number;
  readonly script: string | null;
  readonly address: string | null;
  readonly claimedAtMs: number;
  readonly launchedAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly releaseAskedAtMs: number | null;
  readonly releasedAtMs: number | null;
  readonly failures: number;
  readonly installsAsked: number;
  readonly reachedBy: HostReach;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;
const CLAIM = `
  select id, org_id as "orgId", host_id as "hostId", attempt, installation, instance, zone, type_code as "typeCode",
         ${ms('expires_at')} as "expiresAtMs", script, address, ${ms('claimed_at')} as "claimedAtMs",
         ${ms('launched_at')} as "launchedAtMs", ${ms('started_at')} as "startedAtMs",
         ${ms('release_asked_at')} as "releaseAskedAtMs", ${ms('released_at')} as "releasedAtMs", failures,
         installs_asked as "installsAsked",
         (select h.reached_by from hosts h where h.org_id = host_claims.org_id and h.id = host_id) as "reachedBy"
  from host_claims`;
/** Nothing stands against a claim but another claim. */
const USABLE = `h.removed_at is null and not h.is_out_of_service and h.probe_error is null and h.facts is not null
  and (h.host_key is not null or h.reached_by = 'agent') and not ${SILENT_HOST}`;
const UNCLAIMED = `not exists (select from host_claims c where c.host_id = h.id and c.released_at is null)`;

/** The cheapest that is free; it is held until the transaction ends. Of whichever organisation has this zone. */
export async function holdFreeHost(
  tx: Transaction,
  wanted: { readonly zone: string; readonly type: string },
): Promise<{ id: string; orgId: OrgId } | undefined> {
  const [row] = await tx.query<{ id: string; orgId: OrgId }>(
    `select h.id, h.org_id as "orgId" from hosts h
     where h.zone = $1 and h.type_code = $2 and ${USABLE} and ${UNCLAIMED}
     order by h.nanos_per_hour nulls last, h.id limit 1 for update of h`,
    [wanted.zone, wanted.type],
  );
  return row;
}

export async function existsType(
  db: Queryable,
  wanted: { readonly zone: string; readonly type: string },
): Promise<boolean> {
  const rows = await db.query(
    `select 1 from hosts where zone = $1 and type_code = $2 and removed_at is null limit 1`,
    [wanted.zone, wanted.type],
  );
  return rows.length > 0;
}

export async function insertClaim(
  tx: Transaction,
  scope: OrgScope,
  claim: {
    readonly id: string;
    readonly hostId: string;
    readonly attempt: string;
    readonly installation: string;
    readonly instance: string;
    readonly name: string;
    readonly zone: string;
    readonly type: string;
    readonly expiresAtMs: number;
    readonly script: string;
  },
): Promise<void> {
  await tx.query(
    `insert into host_claims (org_id, id, host_id, attempt, installation, instance, name, zone, type_code,
       expires_at, script, claimed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::double precision / 1000), $11, app_now())`,
    [
      ...[scope.orgId, claim.id, claim.hostId, claim.attempt, claim.installation, claim.instance, claim.name],
      ...[claim.zone, claim.type, claim.expiresAtMs, claim.script],
    ],
  );
}

/** By its id alone: it is the provider's reference in rows of the organisation. */
export async function selectClaim(db: Queryable, id: string): Promise<ClaimRow | undefined> {
  const [row] = await db.query<ClaimRow>(`${CLAIM} where id = $1`, [id]);
  return row;
}

export function selectClaimsByAttempt(db: Queryable, zone: string, attempt: string): Promise<ClaimRow[]> {
  return db.query<ClaimRow>(`${CLAIM} where zone = $1 and attempt = $2 order by id`, [zone, attempt]);
}

export function selectOpenClaims(
  db: Queryable,
  installation: string | undefined,
  zones: readonly string[],
): Promise<ClaimRow[]> {
  return db.query<ClaimRow>(
    `${CLAIM} where released_at is null and zone = any($1) and ($2::text is null or installation = $2)
     order by zone, id`,
    [zones, installation ?? null],
  );
}

/** False when it is to be given back. */
export async function writeLaunched(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(
    `update host_claims set launched_at = coalesce(launched_at, app_now())
     where id = $1 and released_at is null and release_asked_at is null returning 1`,
    [id],
  );
  return rows.length === 1;
}

export async function writeNotLaunched(db: Queryable, id: string): Promise<void> {
  await db.query(`update host_claims set launched_at = null where id = $1 and started_at is null`, [id]);
}

export async function writeStarted(db: Queryable, id: string, address: string): Promise<void> {
  await db.query(
    `update host_claims set started_at = coalesce(started_at, app_now()), address = $2, failures = 0
     where id = $1 and released_at is null`,
    [id, address],
  );
}

export async function writeFailure(db: Queryable, id: string): Promise<number> {
  const [row] = await db.query<{ failures: number }>(
    `update host_claims set failures = failures + 1 where id = $1 and released_at is null returning failures`,
    [id],
  );
  return row?.failures ?? 0;
}

export async function writeReleaseAsked(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update host_claims set release_asked_at = coalesce(release_asked_at, app_now())
     where id = $1 and released_at is null`,
    [id],
  );
}

/** False when it was released before. */
export async function writeReleased(db: Queryable, id: string, by: string | null): Promise<boolean> {
  const rows = await db.query(
    `update host_claims set released_at = app_now(), release_asked_at = coalesce(release_asked_at, app_now()),
       released_by = $2, script = null
     where id = $1 and released_at is null returning 1`,
    [id, by],
  );
  return rows.length === 1;
}

export async function writeScript(db: Queryable, id: string, script: string): Promise<void> {
  await db.query(`update host_claims set script = $2 where id = $1 and released_at is null`, [id, script]);
}

export async function writeExpiry(db: Queryable, id: string, expiresAtMs: number): Promise<boolean> {
  const rows = await db.query(
    `update host_claims set expires_at = to_timestamp($2::double precision / 1000)
     where id = $1 and released_at is null returning 1`,
    [id, expiresAtMs],
  );
  return rows.length === 1;
}

/** Why nobody else should get this host for now. */
export async function writeHostFailure(
  db: Queryable,
  claimId: string,
  failure: {
    readonly error: string;
    readonly message: string;
    readonly seenHostKey: string | undefined;
  },
): Promise<void> {
  await db.query(
    `update hosts set probe_error = $2, probe_message = $3, seen_host_key = coalesce($4, seen_host_key),
       probed_at = app_now()
     where id = (select host_id from host_claims where id = $1) and removed_at is null`,
    [claimId, failure.error, failure.message, failure.seenHostKey ?? null],
  );
}

export interface GroupedHost {
  readonly zone: string;
  readonly orgId: OrgId;
  readonly type: string;
  readonly facts: HostFacts;
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly asOf: string;
  readonly isFree: boolean;
}

/** Of all organisations, those that were seen. */
export function selectGroupedHosts(db: Queryable): Promise<GroupedHost[]> {
  return db.query<GroupedHost>(
    `select h.zone, h.org_id as "orgId", h.type_code as type, h.facts, h.nanos_per_hour as "nanosPerHour",
            h.currency, (h.updated_at at time zone 'UTC')::date::text as "asOf",
            (${USABLE} and ${UNCLAIMED}) as "isFree"
     from hosts h where h.removed_at is null and h.type_code is not null and h.facts is not null
     order by h.zone, h.type_code, h.id`,
  );
}
