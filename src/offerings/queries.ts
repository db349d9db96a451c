import type {
  AccessRequestView,
  ContractView,
  EntitlementView,
  OfferingSort,
  OfferingView,
  PlanView,
} from '#contracts/offerings.ts';
import type { Queryable } from '#database/database.ts';
import type { ListFound, ListWish } from '#database/listing.ts';
import { allowanceUsage } from '#finops/market-queries.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import {
  type AccessRequestFilter,
  type ContractFilter,
  selectAccessRequests,
  selectContract,
  selectContracts,
} from './contract-store.ts';
import { type EntitlementFilter, selectEntitlements, selectPlans } from './entitlement-store.ts';
import {
  listOfferingRows,
  OFFERING_LIST,
  type OfferingFilter,
  selectOwnOffering,
  selectTerms,
  selectVisibleOffering,
  type TermsRow,
} from './offering-store.ts';
import type { Side, SidePage } from './sides.ts';
import { accessRequestView, contractView, entitlementView, offeringView, planView } from './views.ts';

export { readMarket } from './market.ts';
export { OFFERING_LIST };

/** Of this organisation itself. */
export async function existsOwnOffering(db: Queryable, scope: OrgScope, id: string): Promise<boolean> {
  return (await selectOwnOffering(db, scope, id)) !== undefined;
}

/** One's own offerings, or those of others that one may see. */
export async function listOfferings(
  db: Queryable,
  scope: OrgScope,
  filter: OfferingFilter,
  wish: ListWish<OfferingSort>,
): Promise<ListFound<OfferingView>> {
  const found = await listOfferingRows(db, scope, filter, wish);
  return { ...found, rows: found.rows.map(offeringView) };
}

/** By id or name. @throws offering.not_found */
export async function getOffering(db: Queryable, scope: OrgScope, idOrName: string): Promise<OfferingView> {
  const offering = await selectVisibleOffering(db, scope, idOrName);
  if (!offering) throw new AppError('offering.not_found');
  return offeringView(offering);
}

/** Every version of the list price, newest first, to whoever may see the offering. @throws offering.not_found */
export async function listPrices(db: Queryable, scope: OrgScope, idOrName: string): Promise<TermsRow[]> {
  const offering = await selectVisibleOffering(db, scope, idOrName);
  if (!offering) throw new AppError('offering.not_found');
  return selectTerms(db, { orgId: offering.orgId }, { offeringId: offering.id, contractId: null });
}

/** @throws contract.not_found */
export async function getContract(db: Queryable, scope: OrgScope, id: string): Promise<ContractView> {
  const contract = await selectContract(db, scope, id);
  if (!contract) throw new AppError('contract.not_found');
  return contractView(contract);
}

/** Every version of a contract's price, newest first, to either side. @throws contract.not_found */
export async function listContractPrices(db: Queryable, scope: OrgScope, id: string): Promise<TermsRow[]> {
  const contract = await selectContract(db, scope, id);
  if (!contract) throw new AppError('contract.not_found');
  const { providerOrgId: orgId, offeringId } = contract;
  return selectTerms(db, { orgId }, { offeringId, contractId: contract.id });
}

export async function listContracts(
  db: Queryable,
  scope: OrgScope,
  page: SidePage,
  filter: ContractFilter = {},
): Promise<ContractView[]> {
  return (await selectContracts(db, scope, page, filter)).map(contractView);
}

export async function listAccessRequests(
  db: Queryable,
  scope: OrgScope,
  page: SidePage,
  filter: AccessRequestFilter = {},
): Promise<AccessRequestView[]> {
  return (await selectAccessRequests(db, scope, page, filter)).map(accessRequestView);
}

export async function listEntitlements(
  db: Queryable,
  scope: OrgScope,
  side: Side,
  page: SidePage,
  filter: EntitlementFilter = {},
): Promise<EntitlementView[]> {
  const rows = await selectEntitlements(db, scope, side, page, filter);
  const used = await allowanceUsage(
    db,
    rows.flatMap(({ allowance }) => allowance?.id ?? []),
  );
  return rows.map((row) => entitlementView(row, used));
}

/** Of one's own offering, or of one that may be seen. @throws offering.not_found */
export async function listPlans(db: Queryable, scope: OrgScope, offering: string): Promise<PlanView[]> {
  const { id, organisation } = await getOffering(db, scope, offering);
  const provider: OrgScope = { orgId: organisation.id as OrgScope['orgId'] };
  return (await selectPlans(db, provider, id)).map(planView);
}
