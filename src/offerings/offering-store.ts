/** Offerings and their prices. Prices are added and never changed; see also the trigger on their table. */

import type { OfferingSort } from '#contracts/offerings.ts';
import type { TokenPrice } from '#contracts/token-price.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import {
  Conditions,
  containing,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { ModelId, OfferingId, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface OfferingRow {
  readonly id: OfferingId;
  readonly orgId: OrgId;
  readonly modelName: string;
  readonly orgSlug: string;
  readonly orgName: string;
  readonly modelId: ModelId;
  readonly hfId: string;
  readonly name: string;
  readonly description: string;
  readonly visibility: 'public' | 'unlisted' | 'private';
  readonly access: 'free' | 'subscription' | 'request' | 'per_token' | 'trial';
  readonly trialTokens: number | null;
  readonly trialDays: number | null;
  readonly price: TokenPrice | null;
  readonly createdAt: Date;
  readonly publishedAt: Date | null;
  readonly withdrawnAt: Date | null;
}

export interface NewOffering {
  readonly id: OfferingId;
  readonly code: string;
  readonly modelId: ModelId;
  readonly name: string;
  readonly description: string;
  readonly visibility: string;
  readonly access: string;
  readonly trialTokens: number | null;
  readonly trialDays: number | null;
  readonly createdBy: string;
}

export interface TermsRow {
  readonly id: string;
  readonly version: number;
  readonly price: TokenPrice;
  readonly startsAt: Date;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** Of one offering: its list, or one of its contracts. */
export interface PriceList {
  readonly offeringId: string;
  readonly contractId: string | null;
}

const PRICE = `jsonb_build_object('prompt_micros_per_1k', t.prompt_micros_per_1k,
  'completion_micros_per_1k', t.completion_micros_per_1k, 'cached_micros_per_1k', t.cached_micros_per_1k)`;

/** The price that holds at a moment, as a subquery; the last that began wins. */
export function priceAt(offering: string, contract: string, moment: string): string {
  return `(select ${PRICE} from offering_terms t
    where t.offering_id = ${offering} and coalesce(t.contract_id, '') = ${contract} and t.starts_at <= ${moment}
    order by t.starts_at desc, t.version desc limit 1)`;
}

const COLUMNS = `o.id, o.org_id as "orgId", g.slug || '/' || o.code as "modelName", g.slug as "orgSlug",
    g.name as "orgName", o.model_id as "modelId", m.hf_id as "hfId", o.name, o.description, o.visibility, o.access,
    o.trial_tokens as "trialTokens", o.trial_days as "trialDays", o.created_at as "createdAt",
    o.published_at as "publishedAt", o.withdrawn_at as "withdrawnAt",
    ${priceAt('o.id', "''", 'app_now()')} as price`;
const TABLES = `offerings o join organisations g on g.id = o.org_id join models m on m.id = o.model_id`;
const OFFERING = `select ${COLUMNS} from ${TABLES}`;

export async function insertOffering(tx: Transaction, scope: OrgScope, offering: NewOffering): Promise<void> {
  await tx.query(
    `insert into offerings (org_id, id, code, model_id, name, description, visibility, access, trial_tokens,
       trial_days, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, app_now())`,
    [
      scope.orgId,
      offering.id,
      offering.code,
      offering.modelId,
      offering.name,
      offering.description,
      offering.visibility,
      offering.access,
      offering.trialTokens,
      offering.trialDays,
      offering.createdBy,
    ],
  );
}

export async function updateOffering(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  to: {
    readonly name?: string | undefined;
    readonly description?: string | undefined;
    readonly visibility?: string | undefined;
  },
): Promise<void> {
  await tx.query(
    `update offerings set name = coalesce($3, name), description = coalesce($4, description),
       visibility = coalesce($5, visibility)
     where org_id = $1 and id = $2`,
    [scope.orgId, id, to.name ?? null, to.description ?? null, to.visibility ?? null],
  );
}

export async function updatePublished(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  isPublished: boolean,
): Promise<void> {
  await tx.query(
    `update offerings set
       published_at = case when $3 then coalesce(published_at, app_now()) else published_at end,
       withdrawn_at = case when $3 then null else coalesce(withdrawn_at, app_now()) end
     where org_id = $1 and id = $2`,
    [scope.orgId, id, isPublished],
  );
}

/** One of the organisation's own; nobody else changes it or its prices until the transaction ends. */
export async function lockOwnOffering(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<OfferingRow | undefined> {
  const [row] = await tx.query<OfferingRow>(`${OFFERING} where o.org_id = $1 and o.id = $2 for update of o`, [
    scope.orgId,
    id,
  ]);
  return row;
}

export async function selectOwnOffering(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<OfferingRow | undefined> {
  const [row] = await db.query<OfferingRow>(`${OFFERING} where o.org_id = $1 and o.id = $2`, [
    scope.orgId,
    id,
  ]);
  return row;
}

/** Those that the organisation has something to do with see it whatever its visibility. */
const CONCERNS = `(exists (select 1 from entitlements e where e.org_id = $1 and e.offering_id = o.id)
  or exists (select 1 from contracts c where c.consumer_org_id = $1 and c.offering_id = o.id))`;
const ON_OFFER = `o.published_at is not null and o.withdrawn_at is null`;

export interface OfferingFilter {
  /** One's own, or what others offer, as far as the organisation may see it. */
  readonly of: 'own' | 'market';
  /** A part of the name, the model's name, or the organisation's. */
  readonly search?: string | undefined;
  readonly access?: string | undefined;
  readonly modelId?: string | undefined;
}

export const OFFERING_LIST: Listing<OfferingSort> = {
  columns: COLUMNS,
  from: TABLES,
  home: 'true',
  id: { by: 'o.id', type: 'text' },
  sorts: {
    created_at: { by: 'o.created_at', type: 'timestamptz' },
    name: { by: 'lower(o.name)', type: 'text' },
  },
};

export function listOfferingRows(
  db: Queryable,
  scope: OrgScope,
  filter: OfferingFilter,
  wish: ListWish<OfferingSort>,
): Promise<ListFound<OfferingRow>> {
  const where = new Conditions();
  // In the place where `CONCERNS` looks for it.
  const org = where.place(scope.orgId);
  where.add(
    filter.of === 'own'
      ? `o.org_id = ${org}`
      : `o.org_id <> ${org} and ${ON_OFFER} and (o.visibility = 'public' or ${CONCERNS})`,
  );
  where.equal('o.access', filter.access).equal('o.model_id', filter.modelId);
  if (filter.search !== undefined) {
    const pattern = where.place(containing(filter.search));
    where.scan(
      `(lower(o.name) like ${pattern} or lower(g.slug || '/' || o.code) like ${pattern}
        or lower(m.hf_id) like ${pattern} or lower(g.name) like ${pattern})`,
    );
  }
  return selectList(db, OFFERING_LIST, where, wish);
}

/** By id or name: one's own, or one that is on offer and may be known. */
export async function selectVisibleOffering(
  db: Queryable,
  scope: OrgScope,
  idOrName: string,
): Promise<OfferingRow | undefined> {
  const [row] = await db.query<OfferingRow>(
    `${OFFERING} where (o.id = $2 or g.slug || '/' || o.code = $2)
       and (o.org_id = $1 or (${ON_OFFER} and (o.visibility <> 'private' or ${CONCERNS})))
     order by o.id limit 1`,
    [scope.orgId, idOrName],
  );
  return row;
}

export async function insertTerms(
  tx: Transaction,
  scope: OrgScope,
  { offeringId, contractId }: PriceList,
  terms: {
    readonly id: string;
    readonly price: TokenPrice;
    readonly startsAt: string | null;
    readonly createdBy: string;
  },
): Promise<void> {
  const { price } = terms;
  await tx.query(
    `insert into offering_terms (org_id, id, offering_id, contract_id, version, prompt_micros_per_1k,
       completion_micros_per_1k, cached_micros_per_1k, starts_at, created_by, created_at)
     select $1, $2, $3, $4, (select coalesce(max(version), 0) + 1 from offering_terms
         where offering_id = $3 and coalesce(contract_id, '') = coalesce($4, '')),
       $5, $6, $7, greatest($8::timestamptz, n.at), $9, n.at
     from (select app_now() as at) n`,
    [
      scope.orgId,
      terms.id,
      offeringId,
      contractId,
      price.prompt_micros_per_1k,
      price.completion_micros_per_1k,
      price.cached_micros_per_1k,
      terms.startsAt,
      terms.createdBy,
    ],
  );
}

/** Newest version first. */
export function selectTerms(
  db: Queryable,
  scope: OrgScope,
  { offeringId, contractId }: PriceList,
): Promise<TermsRow[]> {
  return db.query<TermsRow>(
    `select t.id, t.version, ${PRICE} as price, t.starts_at as "startsAt", t.created_by as "createdBy",
       t.created_at as "createdAt"
     from offering_terms t
     where t.org_id = $1 and t.offering_id = $2 and coalesce(t.contract_id, '') = coalesce($3, '')
     order by t.version desc`,
    [scope.orgId, offeringId, contractId],
  );
}

/** The list price as it was at a moment. */
export async function selectListPriceAt(
  db: Queryable,
  offeringId: string,
  moment: Date,
): Promise<TokenPrice | null> {
  const [row] = await db.query<{ price: TokenPrice | null }>(`select ${priceAt('$1', "''", '$2')} as price`, [
    offeringId,
    moment,
  ]);
  return row?.price ?? null;
}
