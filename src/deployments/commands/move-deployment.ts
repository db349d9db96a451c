/** Puts a deployment into a project of its organisation, or into none. What it costs is counted there from then on. */
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { requireOpenProject } from '#identity/organisations/queries.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { updateProjectOf } from '../store.ts';

/** @throws deployment.not_found, project.not_found, project.archived */
export async function moveDeployment(
  db: Database,
  scope: OrgScope,
  id: string,
  to: string | null,
): Promise<void> {
  await db.transaction(async (tx) => {
    const projectId = await requireOpenProject(tx, scope, to);
    const name = await updateProjectOf(tx, scope, id, projectId);
    if (name === undefined) throw new AppError('deployment.not_found');
    const summary = { name };
    await emitEvent(tx, { orgId: scope.orgId, type: 'deployment.changed', subjectId: id, summary });
  });
}
