/**
 * SQL of what is forgotten: conversations after their time, what people kept to themselves after they left, and
 * everything of an organisation that is gone. By age alone, over all organisations: this is the installation's work.
 */
import type { Queryable } from '#database/database.ts';

/** By the organisation's own days, else the installation's; 0 is for ever. Uses workbench_conversations_by_age. */
export async function deleteOldConversations(db: Queryable, days: number, limit: number): Promise<number> {
  return counted(
    db,
    `delete from workbench_conversations where id in (
       select c.id from workbench_conversations c
       left join workbench_defaults d on d.org_id = c.org_id
       where coalesce(d.retention_days, nullif($1, 0)) is not null
         and c.updated_at < app_now() - make_interval(days => coalesce(d.retention_days, $1))
       order by c.updated_at, c.id limit $2) returning 1`,
    [days, limit],
  );
}

const OWNED = ['workbench_conversations', 'workbench_projects', 'workbench_prompts'] as const;
type OwnedTable = (typeof OWNED)[number];
/** What others rely on stays when its maker leaves. */
const IS_PRIVATE: Readonly<Record<OwnedTable, string>> = {
  workbench_conversations: `sharing <> 'organisation'`,
  workbench_projects: `sharing <> 'organisation'`,
  workbench_prompts: `owner_id is not null`,
};
const IS_MEMBER = `exists (select from memberships m where m.org_id = t.org_id and m.user_id = t.owner_id)`;

/** From when on its owner is seen to be gone; taken back when they return. */
export async function noteLeavers(db: Queryable): Promise<void> {
  for (const table of OWNED) {
    await db.query(
      `update ${table} t set owner_left_at = case when t.owner_left_at is null then app_now() end
       where t.owner_id is not null and (t.owner_left_at is null) = not ${IS_MEMBER}`,
    );
  }
}

export async function deleteOfLeavers(db: Queryable, days: number, limit: number): Promise<number> {
  let most = 0;
  for (const table of OWNED) {
    const count = await counted(
      db,
      `delete from ${table} where id in (
         select t.id from ${table} t
         where t.owner_left_at < app_now() - make_interval(days => $1) and t.${IS_PRIVATE[table]} and not ${IS_MEMBER}
         order by t.owner_left_at, t.id limit $2) returning 1`,
      [days, limit],
    );
    most = Math.max(most, count);
  }
  return most;
}

export async function deleteOfGoneOrganisations(db: Queryable, limit: number): Promise<number> {
  let most = 0;
  for (const table of OWNED) {
    const count = await counted(
      db,
      `delete from ${table} where id in (
         select t.id from ${table} t join organisations o on o.id = t.org_id and o.deleted_at is not null
         order by t.id limit $1) returning 1`,
      [limit],
    );
    most = Math.max(most, count);
  }
  return most;
}

async function counted(db: Queryable, sql: string, values: readonly unknown[]): Promise<number> {
  return (await db.query(sql, values)).length;
}
