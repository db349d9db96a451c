import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface AccountUseRow {
  readonly instanceId: string;
  readonly what: string;
  readonly name: string;
}

/** Everything that is, or may be, at the provider under this account: known machines, orders and volumes. */
export function selectAccountUses(
  db: Queryable,
  scope: OrgScope,
  accountId: string,
): Promise<AccountUseRow[]> {
  return db.query<AccountUseRow>(
    `select id as "instanceId", 'instance' as what, name from instances
     where org_id = $1 and account_id = $2 and state not in ('terminated', 'archived')
     union all
     select a.instance_id, case a.state when 'present' then '' else 'unresolved ' end || replace(a.kind, '_', ' '),
       a.name
     from provision_attempts a join instances i on i.org_id = a.org_id and i.id = a.instance_id
     where i.org_id = $1 and i.account_id = $2 and a.state in ('open', 'called', 'present')
     union all
     select v.instance_id, 'volume', v.provider_ref
     from instance_volumes v join instances i on i.org_id = v.org_id and i.id = v.instance_id
     where i.org_id = $1 and i.account_id = $2 and v.deleted_at is null
     order by 1, 2, 3`,
    [scope.orgId, accountId],
  );
}
