/** SQL of what was seen of offers over time: their prices, when they were told, what machines really had. */
import type { OfferPrice } from '#contracts/management.ts';
import type { Queryable, Transaction } from '#database/database.ts';

/**
 * Closes what holds no more and writes down what is new; writers hold the catalogue's lock. A transaction that waited
 * for the lock began before the one that it waited for: its own time never goes behind a time that is written.
 */
export async function notePrices(tx: Transaction, providerId: string): Promise<void> {
  await tx.query(
    `update offer_prices seen set seen_until = greatest(app_now(), seen.seen_from)
     from offers o
     where seen.provider_id = $1 and seen.seen_until is null
       and o.instance_type_id = seen.instance_type_id and o.zone = seen.zone
       and (o.service = 'unlisted'
            or (o.nanos_per_hour, o.currency) is distinct from (seen.nanos_per_hour, seen.currency))`,
    [providerId],
  );
  await tx.query(
    `insert into offer_prices
       (instance_type_id, provider_id, zone, nanos_per_hour, currency, source, origin, seen_from)
     select o.instance_type_id, o.provider_id, o.zone, o.nanos_per_hour, o.currency, o.price_source, o.origin,
            greatest(app_now(), (select max(h.seen_until) from offer_prices h
                                 where h.instance_type_id = o.instance_type_id and h.zone = o.zone))
     from offers o
     where o.provider_id = $1 and o.nanos_per_hour is not null and o.service <> 'unlisted'
       and not exists (select from offer_prices h
                       where h.instance_type_id = o.instance_type_id and h.zone = o.zone and h.seen_until is null)
     order by o.instance_type_id, o.zone`,
    [providerId],
  );
}

export async function noteSynced(tx: Transaction, providerId: string): Promise<void> {
  await tx.query(
    `update providers set offers_synced_at = greatest(app_now(), offers_synced_at), offers_failed_at = null
     where id = $1`,
    [providerId],
  );
}

export async function noteSyncFailed(db: Queryable, providerId: string): Promise<void> {
  await db.query(
    `update providers set offers_failed_at = greatest(app_now(), offers_synced_at + interval '1 microsecond')
     where id = $1`,
    [providerId],
  );
}

export interface PriceFilter {
  readonly provider?: string | undefined;
  readonly zone?: string | undefined;
  readonly instanceType?: string | undefined;
  readonly limit: number;
  /** Begin after the price of this number. */
  readonly after?: string | undefined;
}

export interface PriceRow extends OfferPrice {
  readonly id: string;
}

/** The newest first: numbers are given under the catalogue's lock, so they are in the order of time. */
export async function selectPrices(db: Queryable, filter: PriceFilter): Promise<PriceRow[]> {
  const rows = await db.query<
    Omit<PriceRow, 'seen_from' | 'seen_until'> & { seen_from: Date; seen_until: Date | null }
  >(
    `select p.id::text, p.provider_id as provider, p.zone, t.code as instance_type, p.nanos_per_hour, p.currency,
            p.source, p.seen_from, p.seen_until
     from offer_prices p
     join instance_types t on t.id = p.instance_type_id
     where ($1::text is null or p.provider_id = $1) and ($2::text is null or p.zone = $2)
       and ($3::text is null or $3 in (t.code, t.id))
       and ($4::bigint is null or p.id < $4)
     order by p.id desc
     limit $5`,
    [
      filter.provider ?? null,
      filter.zone ?? null,
      filter.instanceType ?? null,
      filter.after ?? null,
      filter.limit,
    ],
  );
  return rows.map((row) => ({
    ...row,
    seen_from: row.seen_from.toISOString(),
    seen_until: row.seen_until?.toISOString() ?? null,
  }));
}

export interface MeasuredGpus {
  readonly instanceTypeId: string;
  readonly instanceId: string;
  readonly gpuCount: number;
  readonly vramBytesPerGpu: number;
}

/** Nothing where it cannot be the machine that is sold as this type. */
export async function upsertMeasuredGpus(
  tx: Transaction,
  measured: MeasuredGpus,
  plausible: { readonly least: number; readonly most: number },
): Promise<void> {
  await tx.query(
    `insert into measured_gpus as known (instance_id, instance_type_id, vram_bytes_per_gpu, measured_at)
     select $1, t.id, $3::bigint, app_now() from instance_types t
     where t.id = $2 and t.gpu_count = $4
       and $3::bigint between t.vram_bytes_per_gpu * $5::numeric and t.vram_bytes_per_gpu * $6::numeric
     on conflict (instance_id) do update set instance_type_id = excluded.instance_type_id,
       vram_bytes_per_gpu = excluded.vram_bytes_per_gpu, measured_at = excluded.measured_at`,
    [
      measured.instanceId,
      measured.instanceTypeId,
      measured.vramBytesPerGpu,
      measured.gpuCount,
      plausible.least,
      plausible.most,
    ],
  );
}
