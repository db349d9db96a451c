/** Everything stored about one machine, as the reconciler reads it. */
import { fitOfModel } from '#catalog/fit.ts';
import type { GpuShape } from '#contracts/model-fit.ts';
import type { ModelShape } from '#contracts/model-shape.ts';
import type { Queryable } from '#database/database.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type {
  AttemptRow,
  GivenVolumeRow,
  InstanceRecord,
  InstanceRow,
  OfferRow,
  ReinstallRow,
  VolumeRow,
  WorkerRow,
} from '../rows.ts';

export async function loadRecord(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<InstanceRecord | undefined> {
  const [row] = await db.query<LoadedRow>(RECORD, [scope.orgId, id]);
  if (!row) return undefined;
  const {
    nowMs,
    alarms,
    worker,
    reinstall,
    automaticReinstalls,
    offers,
    attempts,
    volumes,
    givenVolumes,
    model,
    ...instance
  } = row;
  return {
    nowMs,
    alarms,
    instance,
    worker: worker ?? undefined,
    reinstall: reinstall ?? undefined,
    automaticReinstalls,
    offers: offers.map(({ machine, ...offer }) => ({ ...offer, misfit: misfitOf(model, machine) })),
    attempts,
    volumes,
    givenVolumes,
  };
}

/** The catalogue may have learnt better since the order was accepted. */
function misfitOf(model: ModelFacts | null, machine: GpuShape): string | null {
  if (!model) return null;
  const fit = fitOfModel(model, machine);
  return fit.fits ? null : fit.explanation;
}

interface ModelFacts {
  readonly name: string;
  readonly weightsBytes: number;
  readonly kvBytesPerToken: number | null;
  readonly contextLength: number;
  readonly shape: ModelShape | null;
  readonly engineArgs: readonly string[];
  readonly gguf: { readonly source: string } | null;
}

interface LoadedRow extends InstanceRow {
  readonly nowMs: number;
  readonly alarms: string[];
  readonly worker: WorkerRow | null;
  readonly reinstall: ReinstallRow | null;
  readonly automaticReinstalls: number;
  readonly offers: (Omit<OfferRow, 'misfit'> & { readonly machine: GpuShape })[];
  /** Asked only of what is not ordered yet. */
  readonly model: ModelFacts | null;
  readonly attempts: AttemptRow[];
  readonly volumes: VolumeRow[];
  readonly givenVolumes: GivenVolumeRow[];
}

/** Milliseconds since the epoch as a number, exact for a thousand years. */
const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;

/** What of an instance, its model and its provider is written down about activation. */
const ACTIVATIONS = `from activations a where a.org_id = i.org_id and (a.resource_kind, a.resource_id) in
  (('instance', i.id), ('model', i.model_id), ('provider', i.provider_id))`;

// Activation is asked only of what is not ordered yet, so that machines at rest stay cheap to look at.
const INSTANCE = `
  select ${ms('app_now()')} as "nowMs", i.id, i.org_id as "orgId", i.name, i.provider_id as "providerId",
         i.account_id as "accountId", i.zone,
         t.code as "instanceType", i.offer_position as "offerPosition", i.wanted, i.is_archived as "isArchived", i.state,
         i.state_version as "stateVersion", i.state_reason as "stateReason", ${ms('i.state_at')} as "stateAtMs",
         ${ms('i.created_at')} as "createdAtMs", i.server_ref as "serverRef", i.server_state as "serverState",
         ${ms('i.server_looked_at')} as "serverLookedAtMs",
         ${ms('i.server_missing_since')} as "serverMissingSinceMs", i.address,
         i.price_nanos_per_hour as "priceNanosPerHour", i.price_currency as "priceCurrency",
         m.weights_bytes as "weightsBytes", i.correlation_id as "correlationId",
         case when i.state = 'provisioning' then json_build_object(
           'name', m.hf_id, 'weightsBytes', m.weights_bytes, 'kvBytesPerToken', m.kv_bytes_per_token,
           'contextLength', m.context_length, 'shape', m.shape, 'engineArgs', m.engine_args,
           'gguf', m.gguf) end as model,
         array(select step from instance_steps s where s.instance_id = i.id) as steps,
         i.is_drained as "isDrained", i.server_restarts as "serverRestarts",
         ${ms('i.server_restarted_at')} as "serverRestartedAtMs", ${ms('i.health_at')} as "healthAtMs",
         i.health_verdict as "healthVerdict",
         case when i.health_at >= i.state_at then i.health_failures else 0 end as "healthFailures",
         i.state <> 'provisioning'
           or not exists (select ${ACTIVATIONS} and not (a.technical_is_given and a.economic_is_given))
           as "isActivated",
         case when i.state = 'provisioning' then
           (select ${ms('max(greatest(a.technical_at, a.economic_at))')} ${ACTIVATIONS}) end as "activatedAtMs",
         array(select a.code from alerts a
               where a.subject_kind = 'instance' and a.subject_id = i.id and a.closed_at is null) as alarms,
         (select json_build_object('id', r.id, 'isAutomatic', r.is_automatic, 'path', r.path,
                   'pathAtMs', ${ms('r.path_at')}, 'fromEpoch', r.from_epoch,
                   'orderedAtMs', ${ms('r.ordered_at')})
          from instance_reinstalls r where r.instance_id = i.id and r.ended_at is null) as reinstall,
         (select count(*) from instance_reinstalls r
          where r.instance_id = i.id and r.is_automatic and not exists (
            select from instance_state_history h
            where h.instance_id = i.id and h.to_state = 'ready' and h.at >= r.created_at))
           as "automaticReinstalls",
         case when w.instance_id is not null then json_build_object(
           'epoch', w.epoch, 'reach', w.reach, 'isRevoked', w.revoked_at is not null, 'registeredAtMs', ${ms('w.registered_at')},
           'status', w.status, 'version', w.version, 'sha256', w.sha256, 'errorCode', w.error_code,
           'errorMessage', w.error_message, 'inFlight', w.in_flight, 'lastSeenAtMs', ${ms('w.last_seen_at')})
         end as worker,
         (select coalesce(json_agg(json_build_object(
             'position', o.position, 'zone', o.zone, 'instanceTypeId', o.instance_type_id,
             'instanceType', ot.code, 'priceNanosPerHour', o.price_nanos_per_hour,
             'priceCurrency', o.price_currency, 'refusalKind', o.refusal_kind,
             'refusalMessage', o.refusal_message, 'blockedKind', r.kind,
             'blockedUntil', r.until at time zone 'utc',
             'machine', json_build_object('code', ot.code, 'gpuCount', ot.gpu_count, 'gpuKind', ot.gpu_kind,
               'vramBytesPerGpu', usable_vram(ot.id, ot.vram_bytes_per_gpu, ot.edited_at),
               'memoryBytes', ot.memory_bytes)) order by o.position), '[]')
           from instance_offers o
           join instance_types ot on ot.id = o.instance_type_id
           left join offer_refusals r on r.provider_id = i.provider_id and r.account_id = coalesce(i.account_id, '')
             and r.zone = o.zone and r.instance_type_id = o.instance_type_id and r.until > app_now()
           where o.instance_id = i.id) as offers
  from instances i
  join instance_types t on t.id = i.instance_type_id
  join models m on m.id = i.model_id
  left join workers w on w.instance_id = i.id
  where i.org_id = $1 and i.id = $2`;

const ATTEMPTS = `
  select id, kind, number, zone, name, state, provider_ref as "providerRef",
         ${ms('absent_after')} as "absentAfterMs", refusal_kind as "refusalKind",
         refusal_message as "refusalMessage", is_stray as "isStray", offer_position as "offerPosition",
         ${ms("coalesce(first_expires_at, created_at + interval '3650 days')")} as "expiresAtMs",
         ${ms('created_at')} as "createdAtMs", ${ms('delete_called_at')} as "deleteCalledAtMs"
  from provision_attempts where org_id = $1 and instance_id = $2 order by kind, number`;

const VOLUMES = `
  select id, provider_ref as "providerRef", zone, discovered_on as "discoveredOn", delete_on_terminate as "deleteOnTerminate",
         deleted_at is not null as "isDeleted", ${ms('delete_called_at')} as "deleteCalledAtMs"
  from instance_volumes where org_id = $1 and instance_id = $2 order by is_boot, created_at, id`;

const GIVEN_VOLUMES = `
  select provider_ref as "providerRef", zone from instance_volumes
  where org_id = $1 and used_by = $2 and deleted_at is null order by id`;

/** One statement: all of it is of one moment, and ten thousand machines at rest stay cheap to look at. */
const RECORD = `
  select r.*, coalesce((select json_agg(a) from (${ATTEMPTS}) a), '[]') as attempts,
         coalesce((select json_agg(v) from (${VOLUMES}) v), '[]') as volumes,
         coalesce((select json_agg(g) from (${GIVEN_VOLUMES}) g), '[]') as "givenVolumes"
  from (${INSTANCE}) r`;
