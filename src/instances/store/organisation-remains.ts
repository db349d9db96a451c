/** What an organisation still has, or may have, at providers. */
import type { Queryable } from '#database/database.ts';
import type { InstanceId, VolumeId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface RemainingMachine {
  readonly id: InstanceId;
  /** It was told to end. */
  readonly isEnding: boolean;
}

/** Not proven gone: the machine itself, or an order for one of its parts that is not resolved. */
export async function selectRemainingMachines(
  db: Queryable,
  scope: OrgScope,
  limit: number,
): Promise<RemainingMachine[]> {
  return db.query<RemainingMachine>(
    `select i.id, i.wanted = 'terminated' as "isEnding" from instances i
     where i.org_id = $1 and (i.state not in ('terminated', 'archived') or exists (
       select from provision_attempts a
       where a.instance_id = i.id and a.org_id = i.org_id and a.state in ('open', 'called', 'present')))
     order by i.wanted = 'terminated', i.id limit $2`,
    [scope.orgId, limit],
  );
}

export interface RemainingVolume {
  readonly id: VolumeId;
  /** Nobody has asked for its deletion, and nothing that lives uses it: it has to be asked for. */
  readonly isKept: boolean;
}

export async function selectRemainingVolumes(
  db: Queryable,
  scope: OrgScope,
  limit: number,
): Promise<RemainingVolume[]> {
  return db.query<RemainingVolume>(
    `select v.id, v.delete_asked_at is null and i.state in ('terminated', 'archived')
         and (u.id is null or u.state in ('terminated', 'archived')) as "isKept"
     from instance_volumes v join instances i on i.id = v.instance_id
     left join instances u on u.id = v.used_by
     where v.org_id = $1 and v.deleted_at is null order by 2 desc, v.id limit $2`,
    [scope.orgId, limit],
  );
}
