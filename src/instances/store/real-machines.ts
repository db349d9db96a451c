import type { Queryable } from '#database/database.ts';

export interface RealMachine {
  readonly provider: string;
  readonly instanceId: string;
  readonly name: string;
  readonly what: 'server' | 'volume' | 'unresolved order';
}

/** Everything, of all organisations, that may cost real money at a provider: what is known and what is not known. */
export function selectRealMachines(db: Queryable): Promise<RealMachine[]> {
  return db.query<RealMachine>(
    `select provider_id as provider, id as "instanceId", name, 'server' as what
     from instances where provider_id <> 'mock' and state not in ('terminated', 'archived')
     union all
     select v.provider_id, v.instance_id, v.provider_ref, 'volume'
     from instance_volumes v where v.provider_id <> 'mock' and v.deleted_at is null
     union all
     select a.provider_id, a.instance_id, a.name, 'unresolved order'
     from provision_attempts a where a.provider_id <> 'mock' and a.state in ('open', 'called')
     order by 1, 2, 4, 3`,
  );
}
