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
