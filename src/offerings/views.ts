/** Rows as the API shows them. */
import type {
  AccessRequestView,
  ContractView,
  EntitlementView,
  OfferingView,
  PlanView,
} from '#contracts/offerings.ts';
import type { AccessRequestRow, ContractRow } from './contract-store.ts';
import type { EntitlementRow, PlanRow } from './entitlement-store.ts';
import type { OfferingRow, TermsRow } from './offering-store.ts';
import { sidesOf } from './sides.ts';

export function offeringView(row: OfferingRow): OfferingView {
  return {
    id: row.id,
    model_name: row.modelName,
    organisation: { id: row.orgId, slug: row.orgSlug, name: row.orgName },
    model: { id: row.modelId, hf_id: row.hfId },
    name: row.name,
    description: row.description,
    visibility: row.visibility,
    access: row.access,
    trial_tokens: row.trialTokens,
    trial_days: row.trialDays,
    state: row.withdrawnAt ? 'withdrawn' : row.publishedAt ? 'published' : 'draft',
    price: row.price,
    created_at: row.createdAt.toISOString(),
    published_at: row.publishedAt?.toISOString() ?? null,
  };
}

export function priceVersionView({ id, version, price, startsAt, createdBy, createdAt }: TermsRow) {
  return {
    id,
    version,
    price,
    starts_at: startsAt.toISOString(),
    created_by: createdBy,
    created_at: createdAt.toISOString(),
  };
}

export function contractView(row: ContractRow): ContractView {
  return {
    id: row.id,
    ...sidesOf(row),
    state: stateOfContract(row),
    price: row.price,
    starts_at: row.startsAt.toISOString(),
    ends_at: row.endsAt?.toISOString() ?? null,
    accepted_at: row.acceptedAt?.toISOString() ?? null,
    note: row.note,
    created_at: row.createdAt.toISOString(),
  };
}

export function accessRequestView(row: AccessRequestRow): AccessRequestView {
  return {
    id: row.id,
    ...sidesOf(row),
    state: row.state,
    note: row.note,
    answer: row.answer,
    contract_id: row.contractId,
    created_at: row.createdAt.toISOString(),
    decided_at: row.decidedAt?.toISOString() ?? null,
  };
}

export function entitlementView(row: EntitlementRow, used: ReadonlyMap<string, number>): EntitlementView {
  const { allowance } = row;
  return {
    id: row.id,
    ...sidesOf(row),
    source: row.source,
    contract_id: row.contractId,
    plan_id: row.planId,
    state: row.isOver ? 'ended' : row.hasBegun ? 'active' : 'upcoming',
    price: row.price,
    allowance: allowance && {
      tokens: allowance.tokens,
      used: used.get(allowance.id) ?? 0,
      ends_at: allowance.endsAt === null ? null : new Date(allowance.endsAt).toISOString(),
    },
    starts_at: row.startsAt.toISOString(),
    ends_at: row.endsAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

export function planView({ created_at, ...plan }: PlanRow): PlanView {
  return { ...plan, created_at: created_at.toISOString() };
}

function stateOfContract(row: ContractRow): ContractView['state'] {
  if (row.isOver) return 'ended';
  if (!row.acceptedAt) return 'proposed';
  return row.hasBegun ? 'active' : 'upcoming';
}
