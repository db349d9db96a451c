/** What the sweep compares a listing with, read in one snapshot after the listing. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OwnedResource } from '#providers/provider.ts';
import type { KnownAttempt, KnownInstance, KnownVolume, SweepRows } from '../sweep/rows.ts';
import type { Account } from '../sweep/subject.ts';

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;
const FINAL = `i.state in ('terminated', 'archived')`;

/**
 * Every zone in which this provider offers something, or in which something of ours was ever ordered. The few zones of
 * the many orders are found by leaps through an index: each step takes the next greater one.
 */
export async function selectZones(db: Queryable, providerId: string): Promise<string[]> {
  const rows = await db.query<{ zone: string }>(
    `with recursive ${zonesOf('provision_attempts')}, ${zonesOf('instance_volumes')}
     select code as zone from zones where provider_id = $1
     union select zone from zones_of_provision_attempts where zone is not null
     union select zone from zones_of_instance_volumes where zone is not null
     union select zone from instances where provider_id = $1 and state not in ('terminated', 'archived')
     order by zone`,
    [providerId],
  );
  return rows.map((row) => row.zone);
}

function zonesOf(table: 'provision_attempts' | 'instance_volumes'): string {
  return `zones_of_${table} (zone) as (
       (select zone from ${table} where provider_id = $1 order by zone limit 1)
       union all
       select (select t.zone from ${table} t where t.provider_id = $1 and t.zone > z.zone order by t.zone limit 1)
       from zones_of_${table} z where z.zone is not null)`;
}

/** Whatever may be wanted at the provider, of all its accounts, and whatever the listing names. */
export async function loadSweepRows(
  db: Queryable,
  account: Account,
  listing: readonly OwnedResource[],
): Promise<SweepRows> {
  const named = {
    refs: listing.map((resource) => resource.ref.id),
    attempts: listing.map((resource) => resource.owner?.attempt ?? ''),
    instances: listing.map((resource) => resource.owner?.instance ?? ''),
  };
  const of = [account.providerId, account.accountId];
  const [attempts, volumes] = await Promise.all([
    db.query<KnownAttempt>(ATTEMPTS, [...of, named.attempts, named.refs]),
    db.query<KnownVolume>(VOLUMES, [...of, named.refs]),
  ]);
  const ids = new Set([
    ...named.instances,
    ...attempts.map((attempt) => attempt.instanceId),
    ...volumes.map((volume) => volume.instanceId),
  ]);
  const instances = await db.query<KnownInstance>(INSTANCES, [[...ids]]);
  return { attempts, volumes, instances };
}

const ATTEMPTS = `
  select a.id, a.org_id as "orgId", a.instance_id as "instanceId", a.kind, a.zone, a.state,
         a.provider_ref as "providerRef", a.refusal_kind as "refusalKind", ${ms('a.called_at')} as "calledAtMs",
         ${ms('a.resolved_at')} as "resolvedAtMs", ${ms('a.delete_called_at')} as "deleteCalledAtMs",
         ${FINAL} as "isInstanceFinal", coalesce(i.account_id, '') = $2 as "isOfAccount"
  from provision_attempts a join instances i on i.id = a.instance_id
  where a.provider_id = $1 and (a.state <> 'absent' or a.id = any($3) or a.provider_ref = any($4))
  order by a.created_at, a.id`;

const VOLUMES = `
  select v.id, v.org_id as "orgId", v.instance_id as "instanceId", v.zone, v.provider_ref as "providerRef",
         not v.delete_on_terminate as "isKept", v.delete_asked_at is not null as "isDeleteAsked",
         v.deleted_at is not null as "isDeleted", ${ms('v.deleted_at')} as "deletedAtMs",
         ${ms('v.created_at')} as "createdAtMs",
         ${ms('v.delete_called_at')} as "deleteCalledAtMs", ${FINAL} as "isInstanceFinal",
         coalesce(i.account_id, '') = $2 as "isOfAccount"
  from instance_volumes v join instances i on i.id = v.instance_id
  where v.provider_id = $1 and (v.deleted_at is null or v.provider_ref = any($3))
  order by v.created_at, v.id`;

const INSTANCES = `
  select i.id, i.org_id as "orgId", ${FINAL} as "isFinal",
         i.wanted = 'terminated' or i.state in ('draining', 'terminating', 'failed') as "isEnding",
         i.price_nanos_per_hour as "priceNanosPerHour", i.price_currency as "priceCurrency"
  from instances i where i.id = any($1) order by i.id`;

/** Nothing came to want it since the round was planned: asked in the transaction that decides its end. */
export async function isStillUnwanted(
  tx: Transaction,
  providerId: string,
  resource: { readonly kind: string; readonly zone: string; readonly ref: string; readonly attempt: string },
): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from provision_attempts a join instances i on i.id = a.instance_id
     where a.provider_id = $1 and a.kind = $2
       and ((a.id = $5 and a.state in ('open', 'called'))
         or (a.zone = $3 and a.provider_ref = $4 and a.state = 'present' and not ${FINAL}))
     union all
     select 1 from instance_volumes v join instances i on i.id = v.instance_id
     where $2 = 'volume' and v.provider_id = $1 and v.zone = $3 and v.provider_ref = $4 and v.deleted_at is null
       and (not ${FINAL} or not v.delete_on_terminate)
     limit 1`,
    [providerId, resource.kind, resource.zone, resource.ref, resource.attempt],
  );
  return rows.length === 0;
}

/** Rows of ended instances that still said it was there. */
export async function endRowsOf(
  tx: Transaction,
  providerId: string,
  resource: { readonly kind: string; readonly zone: string; readonly ref: string },
): Promise<void> {
  const of = [providerId, resource.kind, resource.zone, resource.ref];
  await tx.query(
    `update provision_attempts a set state = 'absent', resolved_at = app_now()
     from instances i
     where i.id = a.instance_id and ${FINAL} and a.state = 'present' and a.provider_id = $1 and a.kind = $2
       and a.zone = $3 and a.provider_ref = $4`,
    of,
  );
  await tx.query(
    `update instance_volumes set deleted_at = app_now()
     where $2 = 'volume' and deleted_at is null and provider_id = $1 and zone = $3 and provider_ref = $4`,
    of,
  );
}

/**
 * What a server was ordered at: at the price of the offer that its own order was for, which may have been left since.
 * Its volumes are billed in the same currency.
 */
export async function findPrice(
  db: Queryable,
  instanceId: string,
  attemptId: string,
): Promise<{ nanosPerHour: number | null; currency: string | null }> {
  const [row] = await db.query<{ nanosPerHour: number | null; currency: string | null }>(
    `select case when o.position is null then i.price_nanos_per_hour else o.price_nanos_per_hour end as "nanosPerHour",
            case when o.position is null then i.price_currency else o.price_currency end as currency
     from instances i
     left join provision_attempts a on a.instance_id = i.id and a.id = $2
     left join instance_offers o on o.instance_id = i.id and o.position = a.offer_position
     where i.id = $1`,
    [instanceId, attemptId],
  );
  return row ?? { nanosPerHour: null, currency: null };
}
