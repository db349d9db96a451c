/**
 * Sums of usage, over whole hours. What is kept by day answers for the whole days of a window and what is kept by hour
 * for the hours around them, so that the sums of a month read some hundred rows.
 */
import type { UsageGrouping, UsageGroupSort } from '#contracts/usage-lists.ts';
import type { Queryable } from '#database/database.ts';
import { Conditions, type ListFound, type Listing, type ListWish, selectList } from '#database/listing.ts';
import type { OrgScope } from '#kernel/scope.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LAST_MS = Date.UTC(9999, 0);

export interface UsageSums {
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cached_tokens: number;
}

export interface UsageWindow {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

const SUMS = ['requests', 'prompt_tokens', 'completion_tokens', 'cached_tokens'] as const;
const summed = SUMS.map((name) => `coalesce(sum(${name}), 0)::bigint as ${name}`).join(', ');

/** All of them when no bound is given. */
export async function readUsageSums(
  db: Queryable,
  scope: OrgScope,
  { projectId, ...window }: UsageWindow & { readonly projectId?: string | undefined },
): Promise<UsageSums> {
  const values = new Conditions();
  const source = keptSums(values, scope, window);
  if (projectId !== undefined) values.equal('project_id', projectId === 'none' ? '' : projectId);
  const [sums] = await db.query<UsageSums>(
    `select ${summed} from (${source}) kept where ${values.sql}`,
    values.values,
  );
  if (!sums) throw new Error('an aggregate without a row');
  return sums;
}

export async function readUsageByProject(
  db: Queryable,
  scope: OrgScope,
  window: UsageWindow,
): Promise<(UsageSums & { readonly project_id: string | null })[]> {
  const values = new Conditions();
  const source = keptSums(values, scope, window);
  return db.query(
    `select nullif(project_id, '') as project_id, ${summed} from (${source}) kept
     group by 1 order by 1 nulls last`,
    values.values,
  );
}

/** Days before and after have no four digits for their year, and nothing was used then. */
function inCalendar(moment: Date): number {
  return Math.min(Math.max(moment.getTime(), 0), LAST_MS);
}

/** Rows of sums by model and project: those of whole days, and those of the hours that are left at both ends. */
function keptSums(values: Conditions, scope: OrgScope, window: UsageWindow): string {
  const org = values.place(scope.orgId);
  const fromMs = window.from && Math.floor(inCalendar(window.from) / HOUR_MS) * HOUR_MS;
  const toMs = window.to && Math.ceil(inCalendar(window.to) / HOUR_MS) * HOUR_MS;
  const firstMs = fromMs === undefined ? undefined : Math.ceil(fromMs / DAY_MS) * DAY_MS;
  const lastMs = toMs === undefined ? undefined : Math.floor(toMs / DAY_MS) * DAY_MS;
  const place = (ms: number) => `${values.place(new Date(ms))}::timestamptz`;
  const columns = `model_id, project_id, ${SUMS.join(', ')}`;
  const hours = (beginMs: number, endMs: number) =>
    `select ${columns} from usage_hourly where org_id = ${org} and hour >= ${place(beginMs)} and hour < ${place(endMs)}`;
  if (fromMs !== undefined && toMs !== undefined && Number(firstMs) >= Number(lastMs))
    return hours(fromMs, toMs);
  const day = (ms: number) => `${values.place(new Date(ms).toISOString().slice(0, 10))}::date`;
  const bounds = [
    ...(firstMs === undefined ? [] : [`day >= ${day(firstMs)}`]),
    ...(lastMs === undefined ? [] : [`day < ${day(lastMs)}`]),
  ];
  const parts = [`select ${columns} from usage_daily where ${[`org_id = ${org}`, ...bounds].join(' and ')}`];
  if (fromMs !== undefined && firstMs !== undefined && fromMs < firstMs) parts.push(hours(fromMs, firstMs));
  if (toMs !== undefined && lastMs !== undefined && lastMs < toMs) parts.push(hours(lastMs, toMs));
  return parts.join(' union all ');
}

export interface UsageGroup extends UsageSums {
  /** Null for what belongs to none. */
  readonly value: string | null;
}

export interface GroupFilter extends UsageWindow {
  readonly projectId?: string | undefined;
  readonly modelId?: string | undefined;
  readonly outcome?: string | undefined;
  readonly apiKeyId?: string | undefined;
  readonly userId?: string | undefined;
}

/** What is kept by day has these. */
const OF_DAYS: Readonly<Partial<Record<UsageGrouping, string>>> = {
  day: `to_char(day, 'YYYY-MM-DD')`,
  model: 'model_id',
  project: 'project_id',
  outcome: 'outcome',
};
const OF_ROWS: Readonly<Record<UsageGrouping, string>> = {
  day: `to_char(started_at at time zone 'UTC', 'YYYY-MM-DD')`,
  model: 'model_id',
  project: `coalesce(project_id, '')`,
  outcome: 'outcome',
  api_key: `coalesce(api_key_id, '')`,
  user: `coalesce(user_id, '')`,
  // Machines of other organisations are theirs to know.
  instance: `coalesce(case when provider_org_id is null then instance_id end, '')`,
  endpoint: 'endpoint',
};

export const USAGE_GROUP_LIST: Listing<UsageGroupSort> = {
  columns: `nullif(value, '') as value, ${SUMS.join(', ')}`,
  from: 'groups',
  home: 'true',
  id: { by: 'value', type: 'text' },
  sorts: {
    value: { by: 'value', type: 'text' },
    requests: { by: 'requests', type: 'bigint' },
    tokens: { by: '(prompt_tokens + completion_tokens)', type: 'bigint' },
  },
};

/** Whether sums by day answer it; what they do not is read from each request. */
export function isKeptByDay(by: UsageGrouping, { apiKeyId, userId, from, to }: GroupFilter): boolean {
  const isWhole = [from, to].every((moment) => moment === undefined || moment.getTime() % DAY_MS === 0);
  return OF_DAYS[by] !== undefined && apiKeyId === undefined && userId === undefined && isWhole;
}

/** Each group with its sums, all made once for the page and for their number. */
export function listUsageGroups(
  db: Queryable,
  scope: OrgScope,
  { by, ...filter }: GroupFilter & { readonly by: UsageGrouping },
  wish: ListWish<UsageGroupSort>,
): Promise<ListFound<UsageGroup>> {
  const values = new Conditions();
  const text = isKeptByDay(by, filter)
    ? groupsOfDays(values, scope, by, filter)
    : groupsOfRows(values, scope, by, filter);
  return selectList(db, { ...USAGE_GROUP_LIST, with: `groups as materialized (${text})` }, values, wish);
}

function groupsOfDays(values: Conditions, scope: OrgScope, by: UsageGrouping, filter: GroupFilter): string {
  const where = fieldsOf(values, scope, filter, `''`);
  for (const [sign, moment] of [
    ['>=', filter.from],
    ['<', filter.to],
  ] as const) {
    if (moment)
      where.push(
        `day ${sign} ${values.place(new Date(inCalendar(moment)).toISOString().slice(0, 10))}::date`,
      );
  }
  return `select ${OF_DAYS[by]} as value, ${summed} from usage_daily where ${where.join(' and ')} group by 1`;
}

function groupsOfRows(values: Conditions, scope: OrgScope, by: UsageGrouping, filter: GroupFilter): string {
  const where = fieldsOf(values, scope, filter, 'null');
  if (filter.apiKeyId !== undefined) where.push(`api_key_id = ${values.place(filter.apiKeyId)}`);
  if (filter.userId !== undefined) where.push(`user_id = ${values.place(filter.userId)}`);
  if (filter.from) where.push(`started_at >= ${values.place(filter.from)}`);
  if (filter.to) where.push(`started_at < ${values.place(filter.to)}`);
  const tokens = SUMS.slice(1).map((name) => `sum(${name})::bigint as ${name}`);
  return `select ${OF_ROWS[by]} as value, count(*) as requests, ${tokens.join(', ')}
    from usage_ledger where ${where.join(' and ')} group by 1`;
}

function fieldsOf(values: Conditions, scope: OrgScope, filter: GroupFilter, none: `''` | 'null'): string[] {
  const fields = [`org_id = ${values.place(scope.orgId)}`];
  if (filter.projectId === 'none') fields.push(none === 'null' ? 'project_id is null' : `project_id = ''`);
  else if (filter.projectId !== undefined) fields.push(`project_id = ${values.place(filter.projectId)}`);
  if (filter.modelId !== undefined) fields.push(`model_id = ${values.place(filter.modelId)}`);
  if (filter.outcome !== undefined) fields.push(`outcome = ${values.place(filter.outcome)}`);
  return fields;
}
