/** Projects of an organisation: made, named, archived and restored. */
import type { ProjectView } from '#contracts/organisations.ts';
import { constraintOf, type Database, type Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { countProjects, insertProject, PROJECTS_MAX, updateProject } from '../project-store.ts';
import { requireLiving } from '../queries.ts';

/** @throws project.slug_taken, organisation.deleting, request.invalid when there are too many */
export async function createProject(
  env: Env,
  tx: Transaction,
  scope: OrgScope,
  wanted: { readonly slug: string; readonly name: string; readonly createdBy: string },
): Promise<ProjectView> {
  await requireLiving(tx, scope);
  if ((await countProjects(tx, scope)) >= PROJECTS_MAX) {
    throw new AppError('request.invalid', {
      publicMessage: `An organisation has at most ${PROJECTS_MAX} projects, archived ones included. Use one of them.`,
    });
  }
  const project = await insertNamed(tx, scope, { ...wanted, id: newId(env, 'project') });
  await tell(tx, scope, project.id);
  return project;
}

/** @throws project.not_found */
export async function changeProject(
  db: Database,
  scope: OrgScope,
  id: string,
  change: { readonly name?: string | undefined; readonly archived?: boolean | undefined },
): Promise<ProjectView> {
  return db.transaction(async (tx) => {
    const project = await updateProject(tx, scope, id, change);
    if (!project) throw new AppError('project.not_found');
    await tell(tx, scope, id);
    return project;
  });
}

async function insertNamed(
  tx: Transaction,
  scope: OrgScope,
  project: Parameters<typeof insertProject>[2],
): Promise<ProjectView> {
  try {
    return await insertProject(tx, scope, project);
  } catch (error) {
    if (constraintOf(error) !== 'projects_org_id_slug_key') throw error;
    throw new AppError('project.slug_taken', { cause: error });
  }
}

async function tell(tx: Transaction, scope: OrgScope, id: string): Promise<void> {
  await emitEvent(tx, { orgId: scope.orgId, type: 'project.changed', subjectId: id, summary: {} });
}
