/** Whether any orchestrator was there to listen: one row that all of them refresh. */
import type { Queryable } from '#database/database.ts';

export interface ControlPlaneLife {
  readonly aliveAtMs: number;
  /** When some orchestrator was there again after nobody had been. */
  readonly backSinceMs: number;
  /** When one was last so late that it may have missed something. */
  readonly laggedAtMs: number | null;
  readonly nowMs: number;
}

/** Says that an orchestrator lives. A gap longer than `gapMs` means that nobody was there. */
export async function refreshLife(
  db: Queryable,
  { gapMs, hasLagged }: { readonly gapMs: number; readonly hasLagged: boolean },
): Promise<void> {
  await db.query(
    `insert into control_plane_life as life (is_only, alive_at, back_since, lagged_at)
     values (true, app_now(), app_now(), case when $2 then app_now() end)
     on conflict (is_only) do update set
       back_since = case
         when life.alive_at < app_now() - make_interval(secs => $1::double precision / 1000) then app_now()
         else life.back_since end,
       alive_at = greatest(life.alive_at, app_now()),
       lagged_at = case when $2 then app_now() else life.lagged_at end`,
    [gapMs, hasLagged],
  );
}

/** Undefined before the first orchestrator has ever run. */
export async function readLife(db: Queryable): Promise<ControlPlaneLife | undefined> {
  const [row] = await db.query<ControlPlaneLife>(
    `select (extract(epoch from alive_at) * 1000)::double precision as "aliveAtMs",
            (extract(epoch from back_since) * 1000)::double precision as "backSinceMs",
            (extract(epoch from lagged_at) * 1000)::double precision as "laggedAtMs",
            (extract(epoch from app_now()) * 1000)::double precision as "nowMs"
     from control_plane_life`,
  );
  return row;
}

/** Workers that should be heard, in every organisation, and those that are not. Dead ones are judged already. */
export async function countSilent(
  db: Queryable,
  silentMs: number,
): Promise<{ fleet: number; silent: number }> {
  const [row] = await db.query<{ fleet: number; silent: number }>(
    `select count(*) as fleet,
            count(*) filter (where coalesce(w.last_seen_at, w.registered_at)
              <= (select app_now()) - make_interval(secs => $1::double precision / 1000)) as silent
     from instances i join workers w on w.instance_id = i.id
     where i.state in ('starting', 'ready', 'unavailable', 'draining') and i.wanted = 'serving'
       and w.registered_at is not null and w.revoked_at is null`,
    [silentMs],
  );
  return row ?? { fleet: 0, silent: 0 };
}
