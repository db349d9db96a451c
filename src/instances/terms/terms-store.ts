/** What owners of machines allow. */
import type { MachineTerms } from '#contracts/machine-terms.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { TermsRow } from './terms.ts';

const SHOWN = `t.org_id as "orgId", t.instance_id as "instanceId", t.time_zone, t.windows, t.requests_per_day,
  t.tokens_per_day, t.updated_at as "updatedAt",
  (extract(epoch from app_now()) * 1000)::double precision as "nowMs"`;

/** Of machines that are there or on their way. */
export async function selectAllTerms(db: Queryable): Promise<TermsRow[]> {
  return db.query<TermsRow>(
    `select ${SHOWN} from machine_terms t
     join instances i on i.id = t.instance_id and i.state not in ('terminated', 'archived')
     order by t.instance_id`,
  );
}

export async function findTerms(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<TermsRow | undefined> {
  const [row] = await db.query<TermsRow>(
    `select ${SHOWN} from machine_terms t where t.org_id = $1 and t.instance_id = $2`,
    [scope.orgId, id],
  );
  return row;
}

export async function upsertTerms(
  tx: Transaction,
  scope: OrgScope,
  id: InstanceId,
  terms: MachineTerms,
): Promise<void> {
  await tx.query(
    `insert into machine_terms (org_id, instance_id, time_zone, windows, requests_per_day, tokens_per_day, updated_at)
     values ($1, $2, $3, $4, $5, $6, app_now())
     on conflict (instance_id) do update set time_zone = excluded.time_zone, windows = excluded.windows,
       requests_per_day = excluded.requests_per_day, tokens_per_day = excluded.tokens_per_day,
       updated_at = excluded.updated_at`,
    [
      scope.orgId,
      id,
      terms.time_zone,
      JSON.stringify(terms.windows),
      terms.requests_per_day,
      terms.tokens_per_day,
    ],
  );
}
