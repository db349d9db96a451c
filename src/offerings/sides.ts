/** What every agreement between two organisations shows: both of them, and the offering that it is about. */
import type { OrgId } from '#kernel/ids.ts';

export interface BetweenOrganisations {
  readonly providerOrgId: OrgId;
  readonly consumerOrgId: OrgId;
  readonly modelName: string;
  readonly providerSlug: string;
  readonly providerName: string;
  readonly consumerSlug: string;
  readonly consumerName: string;
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
