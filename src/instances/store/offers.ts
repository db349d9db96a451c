/** The machines that an order may be served with, in order, and why the provider refused those that were left. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { InstanceId, InstanceTypeId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface NewOffer {
  readonly zone: string;
  readonly instanceTypeId: InstanceTypeId;
  /** Null is unknown, never free. */
  readonly price: { readonly nanosPerHour: number; readonly currency: string } | null;
}

/** The first is the one that the instance's row names. */
export async function insertOffers(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
  offers: readonly NewOffer[],
): Promise<void> {
  await tx.query(
    `insert into instance_offers (org_id, instance_id, position, zone, instance_type_id, price_nanos_per_hour,
       price_currency)
     select $1, $2, o.number - 1, o.zone, o.type, o.nanos, o.currency
     from unnest($3::text[], $4::text[], $5::bigint[], $6::text[]) with ordinality
       as o (zone, type, nanos, currency, number)
     order by o.number`,
    [
      scope.orgId,
      instanceId,
      offers.map((offer) => offer.zone),
      offers.map((offer) => offer.instanceTypeId),
      offers.map((offer) => offer.price?.nanosPerHour ?? null),
      offers.map((offer) => offer.price?.currency ?? null),
    ],
  );
}

/** The first word on an offer stands until the order is tried again. */
export async function markOfferRefused(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
  refusal: { readonly position: number; readonly kind: string; readonly message: string },
): Promise<void> {
  await tx.query(
    `update instance_offers set refusal_kind = $4, refusal_message = $5, refused_at = app_now()
     where org_id = $1 and instance_id = $2 and position = $3 and refused_at is null`,
    [scope.orgId, instanceId, refusal.position, refusal.kind, refusal.message.slice(0, 1_000)],
  );
}

/** All of them may be tried again. */
export async function forgetOfferRefusals(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
): Promise<void> {
  await tx.query(
    `update instance_offers set refusal_kind = null, refusal_message = null, refused_at = null
     where org_id = $1 and instance_id = $2 and refused_at is not null`,
    [scope.orgId, instanceId],
  );
}

/** The instance is ordered as this offer from now on; a server of another one is not its server any more. */
export async function takeOffer(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
  position: number,
): Promise<{ readonly zone: string } | undefined> {
  const [row] = await tx.query<{ zone: string }>(
    `update instances i set offer_position = o.position, zone = o.zone, instance_type_id = o.instance_type_id,
       price_nanos_per_hour = o.price_nanos_per_hour, price_currency = o.price_currency, server_ref = null,
       server_state = null, server_looked_at = null, server_missing_since = null, address = null
     from instance_offers o
     where i.org_id = $1 and i.id = $2 and o.instance_id = i.id and o.position = $3 returning i.zone`,
    [scope.orgId, instanceId, position],
  );
  return row;
}

/** The provider gave something else than was ordered: the row says what it is. An unknown type keeps its name. */
export async function correctOffer(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
  told: {
    readonly zone: string;
    readonly instanceTypeId: InstanceTypeId | undefined;
    readonly price: NewOffer['price'];
  },
): Promise<void> {
  await tx.query(
    `update instances set zone = $3, instance_type_id = coalesce($4, instance_type_id),
       price_nanos_per_hour = $5, price_currency = $6
     where org_id = $1 and id = $2`,
    [
      scope.orgId,
      instanceId,
      told.zone,
      told.instanceTypeId ?? null,
      told.price?.nanosPerHour ?? null,
      told.price?.currency ?? null,
    ],
  );
}

export interface OfferViewRow {
  readonly position: number;
  readonly zone: string;
  readonly instance_type_id: string;
  readonly instance_type: string;
  readonly price_nanos_per_hour: number | null;
  readonly price_currency: string | null;
  readonly is_current: boolean;
  readonly refusal_kind: string | null;
  readonly refusal_message: string | null;
  readonly refused_at: Date | null;
}

export async function selectOffersOf(
  db: Queryable,
  scope: OrgScope,
  instanceId: InstanceId,
): Promise<OfferViewRow[]> {
  return db.query<OfferViewRow>(
    `select o.position, o.zone, o.instance_type_id, t.code as instance_type, o.price_nanos_per_hour,
            o.price_currency, o.position = i.offer_position as is_current, o.refusal_kind, o.refusal_message,
            o.refused_at
     from instance_offers o
     join instances i on i.id = o.instance_id
     join instance_types t on t.id = o.instance_type_id
     where o.org_id = $1 and o.instance_id = $2 order by o.position`,
    [scope.orgId, instanceId],
  );
}

/** What an instance was ordered with, first to last, as a new order takes it. */
export async function listOrderedOffers(
  db: Queryable,
  scope: OrgScope,
  instanceId: InstanceId,
): Promise<NewOffer[]> {
  const rows = await selectOffersOf(db, scope, instanceId);
  return rows.map(
    ({ zone, instance_type_id, price_nanos_per_hour: nanosPerHour, price_currency: currency }) => ({
      zone,
      instanceTypeId: instance_type_id as InstanceTypeId,
      price: nanosPerHour === null || currency === null ? null : { nanosPerHour, currency },
    }),
  );
}
