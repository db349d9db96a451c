/**
 * All SQL of what can be rented. Rows with `edited_at` were changed by a person: seeds and synchronisation leave them alone.
 */
import type { Queryable, Transaction } from '#database/database.ts';
import type { CatalogueOffer, OfferFilter, WantedOffer } from './queries.ts';
import type { TypeSeed } from './seeds/seed.ts';

/** Whose word a row is: ours, the provider's own, or a person's. */
export type Origin = 'seed' | 'provider' | 'person';

/** Three syncs were missed. */
const LATE_AFTER_SECONDS = 1_800;

const OFFER = `
  select t.id as "instanceTypeId", t.provider_id as "providerId", o.zone, t.code,
         t.gpu_count as "gpuCount", t.gpu_kind as "gpuKind", usable_vram(t.id, t.vram_bytes_per_gpu, t.edited_at) as "vramBytesPerGpu",
         t.vram_bytes_per_gpu as "vramBytesNominal",
         case when t.edited_at is null then (measured_vram(t.id)).machines else 0 end as "vramMeasuredOn",
         t.vcpus, t.memory_bytes as "memoryBytes", t.arch, t.scratch_bytes_max as "scratchBytesMax",
         o.nanos_per_hour as "nanosPerHour", o.currency, o.price_as_of::text as "priceAsOf",
         case when r.refused_at is not null then 'shortage' else o.availability end as availability,
         o.service, told.at as "toldAt", extract(epoch from app_now() - told.at)::integer as "ageSeconds",
         case when o.edited_at is not null then null
              when p.offers_failed_at > coalesce(p.offers_synced_at, '-infinity') then 'failed'
              when p.offers_synced_at < app_now() - make_interval(secs => ${LATE_AFTER_SECONDS}) then 'late'
         end as stale,
         t.is_active and z.is_active as "isActive"
  from offers o
  join providers p on p.id = o.provider_id
  left join offer_refusals r on r.provider_id = o.provider_id and r.account_id = '' and r.zone = o.zone
    and r.instance_type_id = o.instance_type_id and r.kind = 'stock_out' and r.until > app_now()
  cross join lateral (
    select case when r.refused_at is not null then r.refused_at
                when o.edited_at is not null then o.edited_at
                when o.origin = 'provider' and o.service <> 'unlisted' then p.offers_synced_at end as at) as told
  join instance_types t on t.id = o.instance_type_id
  join zones z on z.provider_id = o.provider_id and z.code = o.zone`;

export async function selectOffers(db: Queryable, filter: OfferFilter): Promise<CatalogueOffer[]> {
  return db.query<CatalogueOffer>(
    `${OFFER}
     where t.is_active and z.is_active
       and ($1::text is null or t.provider_id = $1) and ($2::text is null or o.zone = $2)
       and (z.owner_org_id is null or z.owner_org_id = $3)
       and ($4 or o.service = 'offered')
     order by o.nanos_per_hour nulls last, t.provider_id, t.code, o.zone`,
    [filter.provider ?? null, filter.zone ?? null, filter.orgId ?? null, filter.includesEnded ?? false],
  );
}

export async function selectOffer(db: Queryable, wanted: WantedOffer): Promise<CatalogueOffer | undefined> {
  const [offer] = await db.query<CatalogueOffer>(
    `${OFFER} where t.provider_id = $1 and $2 in (t.code, t.id) and o.zone = $3
       and ($4::text is null or z.owner_org_id is null or z.owner_org_id = $4)`,
    [wanted.provider, wanted.type, wanted.zone, wanted.orgId ?? null],
  );
  return offer;
}

export async function selectInstanceType(
  db: Queryable,
  provider: string,
  code: string,
): Promise<{ id: string } | undefined> {
  const [row] = await db.query<{ id: string }>(
    `select id from instance_types where provider_id = $1 and $2 in (code, id)`,
    [provider, code],
  );
  return row;
}

/** Held until the transaction ends: writers of the catalogue take turns. */
export async function lockCatalogue(tx: Transaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.catalogue'))`);
}

export async function upsertProvider(
  tx: Transaction,
  provider: { readonly id: string; readonly name: string },
): Promise<void> {
  await tx.query(`insert into providers (id, name) values ($1, $2) on conflict do nothing`, [
    provider.id,
    provider.name,
  ]);
}

export async function upsertZones(
  tx: Transaction,
  providerId: string,
  zones: readonly { readonly code: string; readonly region: string; readonly owner?: string | null }[],
  origin: Origin,
): Promise<void> {
  await tx.query(
    `insert into zones (provider_id, code, region, origin, owner_org_id)
     select $1, z.code, z.region, $3, z.owner
     from jsonb_to_recordset($2::jsonb) as z (code text, region text, owner text)
     order by z.code on conflict do nothing`,
    [providerId, JSON.stringify(zones), origin],
  );
}

export interface TypeRow extends TypeSeed {
  /** Used when the type is new. */
  readonly id: string;
}

/**
 * Rows that are right already are left alone, so that a start without news writes nothing, and so is what a provider
 * says itself when a seed says otherwise.
 */
export async function upsertTypes(
  tx: Transaction,
  providerId: string,
  types: readonly TypeRow[],
  origin: Origin,
): Promise<void> {
  await tx.query(
    `insert into instance_types as known (id, provider_id, code, gpu_count, gpu_kind, gpu_fraction,
       vram_bytes_per_gpu, vcpus, memory_bytes, arch, scratch_bytes_max, origin)
     select t.id, $1, t.code, t."gpuCount", t."gpuKind", t."gpuFraction", t."vramBytesPerGpu", t.vcpus,
            t."memoryBytes", t.arch, t."scratchBytesMax", $3
     from jsonb_to_recordset($2::jsonb) as t (id text, code text, "gpuCount" int, "gpuKind" text,
       "gpuFraction" numeric, "vramBytesPerGpu" bigint, vcpus int, "memoryBytes" bigint, arch text,
       "scratchBytesMax" bigint)
     order by t.code
     on conflict (provider_id, code) do update set
       gpu_count = excluded.gpu_count, gpu_kind = excluded.gpu_kind, gpu_fraction = excluded.gpu_fraction,
       vram_bytes_per_gpu = excluded.vram_bytes_per_gpu, vcpus = excluded.vcpus,
       memory_bytes = excluded.memory_bytes, origin = excluded.origin
     where known.edited_at is null and (known.origin <> 'provider' or $3 <> 'seed')
       and (known.origin = 'person'
            or (known.gpu_count, known.gpu_kind, known.gpu_fraction, known.vram_bytes_per_gpu, known.vcpus,
            known.memory_bytes)
         is distinct from (excluded.gpu_count, excluded.gpu_kind, excluded.gpu_fraction,
            excluded.vram_bytes_per_gpu, excluded.vcpus, excluded.memory_bytes))`,
    [providerId, JSON.stringify(types), origin],
  );
}

export interface OfferRow {
  readonly type: string;
  readonly zone: string;
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly asOf: string | null;
  readonly source: string | null;
  readonly availability: CatalogueOffer['availability'];
  readonly service: 'offered' | 'ending';
}

const NEW_OFFERS = `
  insert into offers as known (instance_type_id, provider_id, zone, nanos_per_hour, currency, price_as_of,
    price_source, availability, service, origin)
  select t.id, $1, o.zone, o."nanosPerHour", o.currency, o."asOf", o.source, o.availability, o.service, $3
  from jsonb_to_recordset($2::jsonb) as o (type text, zone text, "nanosPerHour" bigint, currency text,
    "asOf" date, source text, availability text, service text)
  join instance_types t on t.provider_id = $1 and t.code = o.type
  order by t.code, o.zone
  on conflict (instance_type_id, zone) do update set
    nanos_per_hour = excluded.nanos_per_hour, currency = excluded.currency,
    price_as_of = excluded.price_as_of, price_source = excluded.price_source, origin = excluded.origin`;
const PRICE_DIFFERS = `
  (known.origin = 'person' or (known.nanos_per_hour, known.currency, known.price_as_of, known.price_source)
    is distinct from (excluded.nanos_per_hour, excluded.currency, excluded.price_as_of, excluded.price_source))`;

/** Facts of ours: they fill in what is missing and replace only what is not newer. */
export async function seedOffers(
  tx: Transaction,
  providerId: string,
  offers: readonly OfferRow[],
): Promise<void> {
  await tx.query(
    `${NEW_OFFERS}
     where known.edited_at is null and excluded.nanos_per_hour is not null and ${PRICE_DIFFERS}
       and (known.nanos_per_hour is null
            or coalesce(excluded.price_as_of, '-infinity') >= coalesce(known.price_as_of, '-infinity'))`,
    [providerId, JSON.stringify(offers), 'seed'],
  );
}

/** The provider's own list: what it says holds, and what it does not list is not to be had. */
export async function replaceOffers(
  tx: Transaction,
  providerId: string,
  offers: readonly OfferRow[],
): Promise<void> {
  await tx.query(
    `${NEW_OFFERS}, availability = excluded.availability, service = excluded.service
     where known.edited_at is null
       and (${PRICE_DIFFERS}
            or (known.availability, known.service) is distinct from (excluded.availability, excluded.service))`,
    [providerId, JSON.stringify(offers), 'provider'],
  );
  await tx.query(
    `update offers known set availability = 'shortage', service = 'unlisted'
     from instance_types t
     where t.id = known.instance_type_id and known.provider_id = $1 and known.edited_at is null
       and (known.availability <> 'shortage' or known.service <> 'unlisted')
       and not exists (
         select from jsonb_to_recordset($2::jsonb) as o (type text, zone text)
         where o.type = t.code and o.zone = known.zone)`,
    [providerId, JSON.stringify(offers)],
  );
}

export async function existsProvider(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(`select 1 from providers where id = $1`, [id]);
  return rows.length > 0;
}
