/** SYNC_CATALOG: asked for, carried out, answered with a report. */
import type { CatalogueSyncReport } from '#contracts/catalogue-sync.ts';
import type { Queryable, Transaction } from '#database/database.ts';

export interface CatalogueSync {
  readonly id: string;
  readonly provider_id: string | null;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly ended_at: Date | null;
  readonly report: CatalogueSyncReport | null;
}

export async function insertCatalogueSync(
  tx: Transaction,
  sync: {
    readonly id: string;
    readonly providerId: string | null;
    readonly by: string;
    readonly correlationId: string;
  },
): Promise<void> {
  await tx.query(
    `insert into catalogue_syncs (id, provider_id, state, requested_by, correlation_id, requested_at)
     values ($1, $2, 'queued', $3, $4, app_now())`,
    [sync.id, sync.providerId, sync.by, sync.correlationId],
  );
}

export async function findCatalogueSync(db: Queryable, id: string): Promise<CatalogueSync | undefined> {
  const [row] = await db.query<CatalogueSync>(
    `select id, provider_id, state, requested_by, requested_at, ended_at, report
     from catalogue_syncs where id = $1`,
    [id],
  );
  return row;
}

export async function markSyncRunning(tx: Transaction, id: string): Promise<void> {
  await tx.query(`update catalogue_syncs set state = 'running' where id = $1 and state = 'queued'`, [id]);
}

export async function finishCatalogueSync(
  tx: Transaction,
  id: string,
  result: { readonly state: 'done' | 'failed'; readonly report: CatalogueSyncReport },
): Promise<void> {
  await tx.query(
    `update catalogue_syncs set state = $2, report = $3, ended_at = app_now()
     where id = $1 and ended_at is null`,
    [id, result.state, JSON.stringify(result.report)],
  );
}

/** Of those that ended, the oldest first; how many went. Uses catalogue_syncs_by_age. */
export async function removeOldSyncs(db: Queryable, olderThanDays: number, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from catalogue_syncs where id in (
       select id from catalogue_syncs
       where requested_at < (select app_now()) - make_interval(days => $1) and ended_at is not null
       order by requested_at, id limit $2)
     returning 1`,
    [olderThanDays, limit],
  );
  return rows.length;
}

export interface ProviderFreshness {
  readonly provider: string;
  readonly name: string;
  readonly zones: number;
  readonly types: number;
  readonly offers: number;
  readonly unpriced: number;
  readonly newest_price_of: string | null;
  readonly synced_at: Date | null;
  readonly sync_error: string | null;
}

/** What is offered now, and the newest answer of each provider. */
export async function selectFreshness(db: Queryable): Promise<ProviderFreshness[]> {
  return db.query(
    `select p.id as provider, p.name, count(distinct o.zone)::int as zones,
            count(distinct o.instance_type_id)::int as types, count(o.zone)::int as offers,
            (count(o.zone) filter (where o.nanos_per_hour is null))::int as unpriced,
            max(o.price_as_of)::text as newest_price_of, last.ended_at as synced_at, last.error as sync_error
     from providers p
     left join (
       select o.* from offers o
       join instance_types t on t.id = o.instance_type_id and t.is_active
       join zones z on z.provider_id = o.provider_id and z.code = o.zone and z.is_active) o on o.provider_id = p.id
     left join lateral (
       select s.ended_at, told ->> 'error' as error
       from catalogue_syncs s, jsonb_array_elements(s.report -> 'providers') told
       where s.ended_at is not null and told ->> 'provider' = p.id
       order by s.ended_at desc, s.id limit 1) last on true
     group by p.id, p.name, last.ended_at, last.error order by p.id`,
  );
}
