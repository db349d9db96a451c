/** What instances served, summed to five minutes and to hours. `addToLedger` is the other writer of these sums. */
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** As the series of machines name them; `finest` is the ledger itself. */
export type UsageResolution = 'finest' | '5m' | '1h';

export interface UsageWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** A whole number of what the resolution sums. */
  readonly stepMs: number;
  readonly resolution: UsageResolution;
}

export interface StepUsage {
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

const SOURCES: Readonly<Record<UsageResolution, string>> = {
  // Uses usage_ledger_by_instance, and usage_ledger_by_provider for what others used of it.
  finest: `select started_at as at, 1 as requests, prompt_tokens, completion_tokens from usage_ledger
           where ((org_id = $1 and provider_org_id is null) or provider_org_id = $1) and instance_id = $2
             and started_at >= to_timestamp($3::double precision / 1000) and started_at < to_timestamp($4::double precision / 1000)`,
  '5m': summed('instance_usage_5m'),
  '1h': summed('instance_usage_1h'),
};

/** What one instance served, by the step in which its requests began. */
export async function readUsageOfInstance(
  db: Queryable,
  scope: OrgScope,
  instanceId: string,
  { fromMs, toMs, stepMs, resolution }: UsageWindow,
): Promise<Map<number, StepUsage>> {
  const rows = await db.query<StepUsage & { atMs: number }>(
    `select floor(extract(epoch from at) * 1000 / $5::double precision)::double precision * $5 as "atMs",
            sum(requests)::bigint as requests, sum(prompt_tokens)::bigint as prompt_tokens,
            sum(completion_tokens)::bigint as completion_tokens
     from (${SOURCES[resolution]}) served
     group by 1 order by 1`,
    [scope.orgId, instanceId, fromMs, toMs, stepMs],
  );
  return new Map(rows.map(({ atMs, ...usage }) => [atMs, usage]));
}

/** What each of these served since its moment, to five minutes. Uses the key of instance_usage_5m. */
export async function usageSince(
  db: Queryable,
  machines: readonly { readonly orgId: string; readonly instanceId: string; readonly fromMs: number }[],
): Promise<ReadonlyMap<string, { readonly requests: number; readonly tokens: number }>> {
  if (machines.length === 0) return new Map();
  const rows = await db.query<{ instanceId: string; requests: number; tokens: number }>(
    `select m.instance_id as "instanceId", sum(u.requests)::bigint as requests,
            sum(u.prompt_tokens + u.completion_tokens)::bigint as tokens
     from unnest($1::text[], $2::text[], $3::double precision[]) as m (org_id, instance_id, from_ms)
     join instance_usage_5m u on u.org_id = m.org_id and u.instance_id = m.instance_id
       and u.at >= to_timestamp(m.from_ms / 1000)
     group by m.instance_id order by m.instance_id`,
    [
      machines.map(({ orgId }) => orgId),
      machines.map(({ instanceId }) => instanceId),
      machines.map(({ fromMs }) => fromMs),
    ],
  );
  return new Map(rows.map(({ instanceId, requests, tokens }) => [instanceId, { requests, tokens }]));
}

/** Removes the oldest sums past their retention, so many at a time; how many they were. */
export async function expireUsage(
  db: Queryable,
  resolution: '5m' | '1h',
  olderThanHours: number,
  rowsMax: number,
): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `with gone as (
       delete from ${TABLES[resolution]} where (org_id, instance_id, at) in (
         select org_id, instance_id, at from ${TABLES[resolution]}
         where at < app_now() - make_interval(hours => $1) order by at, org_id, instance_id limit $2)
       returning 1)
     select count(*) as count from gone`,
    [olderThanHours, rowsMax],
  );
  return row?.count ?? 0;
}

const TABLES = { '5m': 'instance_usage_5m', '1h': 'instance_usage_1h' } as const;

function summed(table: string): string {
  return `select at, requests, prompt_tokens, completion_tokens from ${table}
          where org_id = $1 and instance_id = $2 and at >= to_timestamp($3::double precision / 1000)
            and at < to_timestamp($4::double precision / 1000)`;
}
