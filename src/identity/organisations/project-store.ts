/** SQL of projects. They are archived, never removed: bills of long ago name them. */
import type { ProjectView } from '#contracts/organisations.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { ProjectId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

interface ProjectRow {
  readonly id: ProjectId;
  readonly slug: string;
  readonly name: string;
  readonly created_at: Date;
  readonly archived_at: Date | null;
}

const PROJECT = 'id, slug, name, created_at, archived_at';
/** A list is one answer. */
export const PROJECTS_MAX = 1_000;

export async function insertProject(
  tx: Transaction,
  scope: OrgScope,
  project: {
    readonly id: ProjectId;
    readonly slug: string;
    readonly name: string;
    readonly createdBy: string;
  },
): Promise<ProjectView> {
  const [row] = await tx.query<ProjectRow>(
    `insert into projects (org_id, id, slug, name, created_by, created_at)
     values ($1, $2, $3, $4, $5, app_now()) returning ${PROJECT}`,
    [scope.orgId, project.id, project.slug, project.name, project.createdBy],
  );
  if (!row) throw new Error('an insert returned no row');
  return toProjectView(row);
}

export async function selectProjects(
  db: Queryable,
  scope: OrgScope,
  filter: { readonly includeArchived: boolean },
): Promise<ProjectView[]> {
  const rows = await db.query<ProjectRow>(
    `select ${PROJECT} from projects where org_id = $1 and ($2 or archived_at is null) order by slug limit $3`,
    [scope.orgId, filter.includeArchived, PROJECTS_MAX],
  );
  return rows.map(toProjectView);
}

export async function selectProject(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<ProjectView | undefined> {
  const [row] = await db.query<ProjectRow>(`select ${PROJECT} from projects where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
  return row && toProjectView(row);
}

export async function countProjects(tx: Transaction, scope: OrgScope): Promise<number> {
  const [row] = await tx.query<{ count: number }>(`select count(*) from projects where org_id = $1`, [
    scope.orgId,
  ]);
  return row?.count ?? 0;
}

/** What is left out stays as it is; archiving again keeps the first time. */
export async function updateProject(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  change: { readonly name?: string | undefined; readonly archived?: boolean | undefined },
): Promise<ProjectView | undefined> {
  const [row] = await tx.query<ProjectRow>(
    `update projects set name = coalesce($3, name),
       archived_at = case when $4::boolean is null then archived_at
                          when $4 then coalesce(archived_at, app_now()) end
     where org_id = $1 and id = $2 returning ${PROJECT}`,
    [scope.orgId, id, change.name ?? null, change.archived ?? null],
  );
  return row && toProjectView(row);
}

function toProjectView(row: ProjectRow): ProjectView {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    archived_at: row.archived_at?.toISOString() ?? null,
  };
}
