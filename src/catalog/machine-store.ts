/** SQL of what administrators change of machines, zones and prices. Writers hold the catalogue's lock. */
import type { CatalogueType, CatalogueZone, CreateInstanceType } from '#contracts/models.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { CatalogueOffer } from './queries.ts';

const ZONE = `select provider_id as provider, code, region, is_active, origin from zones`;

export async function selectZones(db: Queryable, provider: string | undefined): Promise<CatalogueZone[]> {
  return db.query<CatalogueZone>(
    `${ZONE} where $1::text is null or provider_id = $1 order by provider_id, code`,
    [provider ?? null],
  );
}

export async function selectZone(
  db: Queryable,
  provider: string,
  code: string,
): Promise<CatalogueZone | undefined> {
  const [zone] = await db.query<CatalogueZone>(`${ZONE} where provider_id = $1 and code = $2`, [
    provider,
    code,
  ]);
  return zone;
}

/** False when it is there already. */
export async function insertZone(
  tx: Transaction,
  zone: { readonly provider: string; readonly code: string; readonly region: string },
): Promise<boolean> {
  const rows = await tx.query(
    `insert into zones (provider_id, code, region, origin, edited_at) values ($1, $2, $3, 'person', app_now())
     on conflict do nothing returning 1`,
    [zone.provider, zone.code, zone.region],
  );
  return rows.length > 0;
}

export async function updateZone(
  tx: Transaction,
  zone: { readonly provider: string; readonly code: string },
  to: { readonly region?: string | undefined; readonly is_active?: boolean | undefined },
): Promise<void> {
  await tx.query(
    `update zones set is_active = coalesce($4, is_active), region = coalesce($3, region),
       origin = case when $3::text is null then origin else 'person' end,
       edited_at = case when $3::text is null then edited_at else app_now() end
     where provider_id = $1 and code = $2`,
    [zone.provider, zone.code, to.region ?? null, to.is_active ?? null],
  );
}

const TYPE = `
  select t.id, t.provider_id as provider, t.code, t.gpu_count, t.gpu_kind, t.gpu_fraction::double precision,
         t.vram_bytes_per_gpu, t.vcpus, t.memory_bytes, t.arch, t.scratch_bytes_max, t.is_active, t.origin, t.flavour,
         (select coalesce(json_agg(json_build_object(
             'zone', o.zone, 'source', o.price_source, 'availability', o.availability, 'service', o.service,
             'origin', o.origin,
             'price', case when o.nanos_per_hour is not null then json_build_object(
               'nanos_per_hour', o.nanos_per_hour, 'currency', o.currency, 'as_of', o.price_as_of::text) end)
             order by o.zone), '[]')
          from offers o where o.instance_type_id = t.id) as prices
  from instance_types t`;

export async function selectTypes(db: Queryable, provider: string | undefined): Promise<CatalogueType[]> {
  return db.query<CatalogueType>(
    `${TYPE} where $1::text is null or t.provider_id = $1 order by t.provider_id, t.code`,
    [provider ?? null],
  );
}

export async function selectType(db: Queryable, id: string): Promise<CatalogueType | undefined> {
  const [type] = await db.query<CatalogueType>(`${TYPE} where t.id = $1`, [id]);
  return type;
}

/** False when there is one of this name. */
export async function insertType(tx: Transaction, id: string, type: CreateInstanceType): Promise<boolean> {
  const rows = await tx.query(
    `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus,
       memory_bytes, arch, scratch_bytes_max, origin, edited_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'person', app_now())
     on conflict (provider_id, code) do nothing returning 1`,
    [id, type.provider, type.code, ...figuresOf(type)],
  );
  return rows.length > 0;
}

export type MachineFigures = Omit<CreateInstanceType, 'provider' | 'code'>;

export async function updateTypeFigures(tx: Transaction, id: string, to: MachineFigures): Promise<void> {
  await tx.query(
    `update instance_types set gpu_count = $2, gpu_kind = $3, vram_bytes_per_gpu = $4, vcpus = $5,
       memory_bytes = $6, arch = $7, scratch_bytes_max = $8, origin = 'person', edited_at = app_now()
     where id = $1`,
    [id, ...figuresOf(to)],
  );
}

function figuresOf(type: MachineFigures): unknown[] {
  return [
    type.gpu_count,
    type.gpu_kind,
    type.vram_bytes_per_gpu,
    type.vcpus,
    type.memory_bytes,
    type.arch,
    type.scratch_bytes_max,
  ];
}

/** Whether it may be ordered; says nothing about its figures, which seeds and the provider go on to keep. */
export async function updateTypeActivity(tx: Transaction, id: string, isActive: boolean): Promise<void> {
  await tx.query(`update instance_types set is_active = $2 where id = $1`, [id, isActive]);
}

/** Says nothing about its figures either. */
export async function updateTypeFlavour(tx: Transaction, id: string, flavour: string | null): Promise<void> {
  await tx.query(`update instance_types set flavour = $2 where id = $1`, [id, flavour]);
}

/** The next seed or synchronisation writes its own figures again. */
export async function giveTypeBack(tx: Transaction, id: string): Promise<void> {
  await tx.query(`update instance_types set edited_at = null where id = $1`, [id]);
}

export interface EditedOffer {
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly asOf: string | null;
  /** Undefined: as it is known. */
  readonly availability: CatalogueOffer['availability'] | undefined;
}

export async function upsertEditedOffer(
  tx: Transaction,
  place: { readonly typeId: string; readonly provider: string; readonly zone: string },
  offer: EditedOffer,
): Promise<void> {
  await tx.query(
    `insert into offers as known (instance_type_id, provider_id, zone, nanos_per_hour, currency, price_as_of,
       price_source, availability, origin, edited_at)
     values ($1, $2, $3, $4, $5, $6, 'set by an administrator', coalesce($7, 'unknown'), 'person', app_now())
     on conflict (instance_type_id, zone) do update set
       nanos_per_hour = excluded.nanos_per_hour, currency = excluded.currency,
       price_as_of = excluded.price_as_of, price_source = excluded.price_source,
       availability = coalesce($7, known.availability), service = 'offered', origin = 'person',
       edited_at = app_now()`,
    [
      place.typeId,
      place.provider,
      place.zone,
      offer.nanosPerHour,
      offer.currency,
      offer.asOf,
      offer.availability ?? null,
    ],
  );
}

/** False when there is no such offer. */
export async function giveOfferBack(tx: Transaction, typeId: string, zone: string): Promise<boolean> {
  const rows = await tx.query(
    `update offers set edited_at = null, price_as_of = null where instance_type_id = $1 and zone = $2 returning 1`,
    [typeId, zone],
  );
  return rows.length > 0;
}
