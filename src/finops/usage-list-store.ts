/** The usage ledger as people page through it. */
import type { UsageSort } from '#contracts/usage-lists.ts';
import type { Queryable } from '#database/database.ts';
import {
  Conditions,
  countByDays,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface LedgerRow {
  readonly request_id: string;
  readonly model_id: string;
  /** Null for what another organisation served. */
  readonly instance_id: string | null;
  readonly api_key_id: string | null;
  readonly user_id: string | null;
  readonly project_id: string | null;
  readonly endpoint: string;
  readonly outcome: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cached_tokens: number;
  readonly ttft_ms: number | null;
  readonly started_at: Date;
  readonly ended_at: Date;
  readonly offering_id: string | null;
  /** Null for what the organisation serves itself. */
  readonly charged_micros: number | null;
}

export interface LedgerFilter {
  readonly requestId?: string | undefined;
  /** `none`: of no project. */
  readonly projectId?: string | undefined;
  readonly apiKeyId?: string | undefined;
  readonly userId?: string | undefined;
  readonly modelId?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly outcome?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Each order has its index: usage_ledger_in_order, usage_ledger_by_tokens. */
export const LEDGER_LIST: Listing<UsageSort> = {
  columns: `request_id, model_id, case when provider_org_id is null then instance_id end as instance_id, api_key_id,
    user_id, project_id, endpoint, outcome, prompt_tokens, completion_tokens, cached_tokens, ttft_ms, started_at,
    ended_at, offering_id, charged_micros`,
  from: 'usage_ledger',
  home: 'true',
  id: { by: 'request_id', type: 'text' },
  sorts: {
    started_at: { by: 'started_at', type: 'timestamptz' },
    tokens: { by: '(prompt_tokens + completion_tokens)', type: 'bigint' },
  },
};

export function listLedgerRows(
  db: Queryable,
  scope: OrgScope,
  filter: LedgerFilter,
  wish: ListWish<UsageSort>,
): Promise<ListFound<LedgerRow>> {
  const where = new Conditions()
    .equal('org_id', scope.orgId)
    .equal('request_id', filter.requestId)
    .equal('api_key_id', filter.apiKeyId)
    .equal('user_id', filter.userId)
    .equal('model_id', filter.modelId)
    .equal('outcome', filter.outcome)
    .within('started_at', filter.from, filter.to);
  if (filter.projectId === 'none') where.add('project_id is null');
  else where.equal('project_id', filter.projectId);
  // A machine of another organisation is not shown, so it is not found either.
  if (filter.instanceId !== undefined)
    where.equal('instance_id', filter.instanceId).add('provider_org_id is null');
  return selectList(db, LEDGER_LIST, where, wish, countOf(where, scope, filter));
}

/** From the sums by day, where they tell apart what is filtered by. */
function countOf(where: Conditions, scope: OrgScope, filter: LedgerFilter): string | undefined {
  const { from, to, projectId, modelId, outcome, ...others } = filter;
  if (projectId === '' || Object.values(others).some((value) => value !== undefined)) return undefined;
  const fields = (ofNone: string) => {
    const words = [`org_id = ${where.place(scope.orgId)}`];
    if (modelId !== undefined) words.push(`model_id = ${where.place(modelId)}`);
    if (outcome !== undefined) words.push(`outcome = ${where.place(outcome)}`);
    if (projectId === 'none') words.push(ofNone);
    else if (projectId !== undefined) words.push(`project_id = ${where.place(projectId)}`);
    return words.join(' and ');
  };
  return countByDays(
    where,
    { from, to },
    {
      sums: { from: 'usage_daily', column: 'requests', where: () => fields(`project_id = ''`) },
      rows: { from: 'usage_ledger', at: 'started_at', where: () => fields('project_id is null') },
    },
  );
}
