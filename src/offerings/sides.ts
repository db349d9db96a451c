/** What every agreement between two organisations shows: both of them, and the offering that it is about. */
import type { Conditions } from '#database/listing.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface BetweenOrganisations {
  readonly providerOrgId: OrgId;
  readonly consumerOrgId: OrgId;
  readonly modelName: string;
  readonly providerSlug: string;
  readonly providerName: string;
  readonly consumerSlug: string;
  readonly consumerName: string;
}

/** Which of the two an organisation is. */
export type Side = 'consumed' | 'provided';

export interface SideFilter {
  /** Both when left out. */
  readonly side?: Side | undefined;
  readonly offeringId?: string | undefined;
}

export interface SidePage {
  readonly limit: number;
  readonly after?: { readonly createdAt: string; readonly id: string } | undefined;
}

/** Columns of the tables that `BETWEEN` joins. */
export const NAMES = `pg.slug || '/' || o.code as "modelName", pg.slug as "providerSlug", pg.name as "providerName",
    cg.slug as "consumerSlug", cg.name as "consumerName"`;

export const BETWEEN = (provider: string, consumer: string, offering: string) => `
  join organisations pg on pg.id = ${provider} join organisations cg on cg.id = ${consumer}
  join offerings o on o.id = ${offering}`;

/** As contracts show it. */
export function sidesOf(row: BetweenOrganisations & { readonly offeringId: string }) {
  return {
    offering: { id: row.offeringId, model_name: row.modelName },
    provider: { id: row.providerOrgId, slug: row.providerSlug, name: row.providerName },
    consumer: { id: row.consumerOrgId, slug: row.consumerSlug, name: row.consumerName },
  };
}

interface SidesWanted {
  readonly columns: { readonly table: string; readonly provider: string; readonly consumer: string };
  readonly page: SidePage;
  readonly filter: SideFilter;
}

/** Agreements of this organisation on the side that is wanted, after the one that a cursor names. */
export function whereOfSides(
  where: Conditions,
  scope: OrgScope,
  { columns: { table, provider, consumer }, page: { after }, filter }: SidesWanted,
): Conditions {
  const org = where.place(scope.orgId);
  const own = { consumed: [consumer], provided: [provider] } as const;
  const sides = filter.side ? own[filter.side] : [provider, consumer];
  where.add(`(${sides.map((column) => `${column} = ${org}`).join(' or ')})`);
  if (after) {
    const [at, id] = [where.place(after.createdAt), where.place(after.id)];
    where.add(`(${table}.created_at, ${table}.id) < (${at}::timestamptz, ${id})`);
  }
  return where.equal(`${table}.offering_id`, filter.offeringId);
}
