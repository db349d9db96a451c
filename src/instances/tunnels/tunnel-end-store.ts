/** Gateway processes that take tunnels: each writes its own row, and whoever writes removes those of the dead. */
import type { TunnelEnd } from '#contracts/tunnel.ts';
import type { Queryable } from '#database/database.ts';

export async function upsertTunnelEnd(db: Queryable, { id, url }: TunnelEnd): Promise<void> {
  await db.query(
    `insert into tunnel_ends (gateway_id, url, seen_at) values ($1, $2, app_now())
     on conflict (gateway_id) do update set url = excluded.url, seen_at = excluded.seen_at`,
    [id, url],
  );
}

export async function deleteTunnelEnd(db: Queryable, id: string): Promise<void> {
  await db.query(`delete from tunnel_ends where gateway_id = $1`, [id]);
}

export async function deleteOldTunnelEnds(db: Queryable, silentMs: number): Promise<void> {
  await db.query(
    `delete from tunnel_ends where seen_at < app_now() - make_interval(secs => $1::double precision / 1000)`,
    [silentMs],
  );
}

export async function selectTunnelEnds(db: Queryable, silentMs: number): Promise<TunnelEnd[]> {
  return db.query<TunnelEnd>(
    `select gateway_id as id, url from tunnel_ends
     where seen_at >= app_now() - make_interval(secs => $1::double precision / 1000)
     order by gateway_id`,
    [silentMs],
  );
}
