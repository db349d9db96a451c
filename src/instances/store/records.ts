/** Everything stored about one machine, as the reconciler reads it. */
import type { Queryable } from '#database/database.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { AttemptRow, InstanceRecord, InstanceRow, VolumeRow, WorkerRow } from '../rows.ts';
import { ALARM_CODES } from './action-log.ts';

export async function loadRecord(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<InstanceRecord | undefined> {
  const [row] = await db.query<LoadedRow>(RECORD, [scope.orgId, id, ALARM_CODES]);
  if (!row) return undefined;
  const { nowMs, alarms, worker, attempts, volumes, ...instance } = row;
  return { nowMs, alarms, instance, worker: worker ?? undefined, attempts, volumes };
}

interface LoadedRow extends InstanceRow {
  readonly nowMs: number;
  readonly alarms: string[];
  readonly worker: WorkerRow | null;
  readonly attempts: AttemptRow[];
  readonly volumes: VolumeRow[];
}

/** Milliseconds since the epoch as a number, exact for a thousand years. */
const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;

const INSTANCE = `
  select ${ms('app_now()')} as "nowMs", i.id, i.org_id as "orgId", i.name, i.provider_id as "providerId", i.zone,
         t.code as "instanceType", i.wanted, i.is_archived as "isArchived", i.state,
         i.state_version as "stateVersion", i.state_reason as "stateReason", ${ms('i.state_at')} as "stateAtMs",
         ${ms('i.created_at')} as "createdAtMs", i.server_ref as "serverRef", i.server_state as "serverState",
         ${ms('i.server_looked_at')} as "serverLookedAtMs",
         ${ms('i.server_missing_since')} as "serverMissingSinceMs", i.address,
         i.price_nanos_per_hour as "priceNanosPerHour", i.price_currency as "priceCurrency",
         m.weights_bytes as "weightsBytes", i.correlation_id as "correlationId",
         array(select step from instance_steps s where s.instance_id = i.id) as steps,
         array(select distinct a.code from action_log a
               where a.org_id = i.org_id and a.instance_id = i.id and a.code = any($3) and a.at >= i.state_at)
           as alarms,
         case when w.instance_id is not null then json_build_object(
           'epoch', w.epoch, 'isRevoked', w.revoked_at is not null, 'registeredAtMs', ${ms('w.registered_at')},
           'status', w.status, 'version', w.version, 'sha256', w.sha256, 'errorCode', w.error_code,
           'errorMessage', w.error_message, 'inFlight', w.in_flight, 'lastSeenAtMs', ${ms('w.last_seen_at')})
         end as worker
  from instances i
  join instance_types t on t.id = i.instance_type_id
  join models m on m.id = i.model_id
  left join workers w on w.instance_id = i.id
  where i.org_id = $1 and i.id = $2`;

const ATTEMPTS = `
  select id, number, name, state, provider_ref as "providerRef", ${ms('absent_after')} as "absentAfterMs",
         refusal_kind as "refusalKind", ${ms('created_at')} as "createdAtMs",
         ${ms('delete_called_at')} as "deleteCalledAtMs"
  from provision_attempts where org_id = $1 and instance_id = $2 and kind = 'server' order by number`;

const VOLUMES = `
  select id, provider_ref as "providerRef", zone, delete_on_terminate as "deleteOnTerminate",
         deleted_at is not null as "isDeleted", ${ms('delete_called_at')} as "deleteCalledAtMs"
  from instance_volumes where org_id = $1 and instance_id = $2 order by is_boot, created_at, id`;

/** One statement: all of it is of one moment, and ten thousand machines at rest stay cheap to look at. */
const RECORD = `
  select r.*, coalesce((select json_agg(a) from (${ATTEMPTS}) a), '[]') as attempts,
         coalesce((select json_agg(v) from (${VOLUMES}) v), '[]') as volumes
  from (${INSTANCE}) r`;
