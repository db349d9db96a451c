/** SQL of chat projects: folders of conversations. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Person } from './person.ts';

export interface ChatProjectRow {
  readonly id: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly name: string;
  readonly sharing: 'private' | 'organisation';
  readonly organisationProjectId: string | null;
  readonly conversations: number;
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const PROJECT = `p.id, p.owner_id as "ownerId", coalesce(u.username, p.owner_id) as "ownerName", p.name, p.sharing,
  p.project_id as "organisationProjectId", p.created_at as "createdAt", p.updated_at as "updatedAt",
  p.archived_at as "archivedAt",
  (select count(*) from workbench_conversations c where c.org_id = p.org_id and c.project_id = p.id
     and (c.owner_id = $2 or c.sharing = 'organisation')) as conversations`;
const FROM = `workbench_projects p left join users u on u.id = p.owner_id`;
const IS_SEEN = `(p.owner_id = $2 or p.sharing = 'organisation')`;

export async function insertChatProject(
  tx: Transaction,
  { orgId, userId }: Person,
  made: {
    readonly id: string;
    readonly name: string;
    readonly sharing: string;
    readonly organisationProjectId: string | null;
  },
): Promise<void> {
  await tx.query(
    `insert into workbench_projects (org_id, id, owner_id, name, sharing, project_id, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, app_now(), app_now())`,
    [orgId, made.id, userId, made.name, made.sharing, made.organisationProjectId],
  );
}

/** Makes of one person wait for each other. */
export async function countChatProjectsLocked(tx: Transaction, { orgId, userId }: Person): Promise<number> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.workbench'), hashtext($1))`, [
    `${orgId} ${userId}`,
  ]);
  const [row] = await tx.query<{ count: number }>(
    `select count(*) as count from workbench_projects where org_id = $1 and owner_id = $2`,
    [orgId, userId],
  );
  return row?.count ?? 0;
}

/** Newest first. */
export async function selectChatProjects(
  db: Queryable,
  { orgId, userId }: Person,
  page: { readonly limit: number; readonly afterId?: string | undefined },
): Promise<ChatProjectRow[]> {
  return db.query<ChatProjectRow>(
    `select ${PROJECT} from ${FROM}
     where p.org_id = $1 and ${IS_SEEN} and ($4::text is null or p.id < $4) order by p.id desc limit $3`,
    [orgId, userId, page.limit, page.afterId ?? null],
  );
}

export async function selectChatProject(
  db: Queryable,
  { orgId, userId }: Person,
  id: string,
): Promise<ChatProjectRow | undefined> {
  const [row] = await db.query<ChatProjectRow>(
    `select ${PROJECT} from ${FROM} where p.org_id = $1 and ${IS_SEEN} and p.id = $3`,
    [orgId, userId, id],
  );
  return row;
}

/** Held until the transaction ends. */
export async function lockChatProject(
  tx: Transaction,
  { orgId, userId }: Person,
  id: string,
): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from workbench_projects p where p.org_id = $1 and ${IS_SEEN} and p.id = $3 for no key update`,
    [orgId, userId, id],
  );
  return rows.length === 1;
}

export async function updateChatProject(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  to: {
    readonly name: string;
    readonly sharing: string;
    readonly organisationProjectId: string | null;
    readonly isArchived: boolean;
  },
): Promise<void> {
  await tx.query(
    `update workbench_projects set name = $3, sharing = $4, project_id = $5, updated_at = app_now(),
       archived_at = case when $6 then coalesce(archived_at, app_now()) end
     where org_id = $1 and id = $2`,
    [scope.orgId, id, to.name, to.sharing, to.organisationProjectId, to.isArchived],
  );
}

/** Once it is private, what others put into it leaves it. */
export async function turnOutOthers(tx: Transaction, scope: OrgScope, id: string): Promise<void> {
  await tx.query(
    `update workbench_conversations c set project_id = null from workbench_projects p
     where p.org_id = $1 and p.id = $2 and c.org_id = p.org_id and c.project_id = p.id and c.owner_id <> p.owner_id`,
    [scope.orgId, id],
  );
}

/** Its conversations stay, in no chat project. */
export async function deleteChatProject(tx: Transaction, scope: OrgScope, id: string): Promise<void> {
  await tx.query(`delete from workbench_projects where org_id = $1 and id = $2`, [scope.orgId, id]);
}
