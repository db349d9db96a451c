/** What is known of an instance's engine: its kind, what its agent was told, and the GPUs that it found. */
import type { FlavourOrder, RegisterRequest } from '#contracts/worker.ts';
import type { Queryable } from '#database/database.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface EngineRow {
  readonly engine: string;
  readonly providerId: string;
  readonly typeCode: string;
  readonly typeFlavour: string | null;
  readonly gpuKind: string;
  readonly isRegistered: boolean;
  readonly flavours: FlavourOrder | null;
  readonly gpus: RegisterRequest['machine']['gpus'];
}

export async function selectEngine(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
): Promise<EngineRow | undefined> {
  const [row] = await db.query<EngineRow>(
    `select i.engine, i.provider_id as "providerId", t.code as "typeCode", t.flavour as "typeFlavour",
            t.gpu_kind as "gpuKind", w.registered_at is not null as "isRegistered", w.flavours,
            coalesce(w.machine -> 'gpus', '[]') as gpus
     from instances i
     join instance_types t on t.id = i.instance_type_id
     left join workers w on w.instance_id = i.id
     where i.org_id = $1 and i.id = $2`,
    [scope.orgId, id],
  );
  return row;
}
