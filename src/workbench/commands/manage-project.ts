/** Chat projects: folders of conversations, one's own or for the whole organisation. */
import type * as z from 'zod';
import { isAllowed } from '#contracts/permissions.ts';
import type {
  ChatProjectView,
  changeChatProjectSchema,
  createChatProjectSchema,
} from '#contracts/workbench.ts';
import type { Transaction } from '#database/database.ts';
import { requireOpenProject } from '#identity/organisations/queries.ts';
import { noteChange, noteDifference } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { announce, noteKept } from '../announce.ts';
import type { Person } from '../person.ts';
import {
  countChatProjectsLocked,
  deleteChatProject,
  insertChatProject,
  lockChatProject,
  turnOutOthers,
  updateChatProject,
} from '../project-store.ts';
import { getChatProject } from '../queries.ts';
import type { WorkbenchRules } from './add-messages.ts';

const PROJECTS_MAX = 500;

/** @throws workbench.too_many, project.not_found, project.archived */
export async function createChatProject(
  { env }: Pick<WorkbenchRules, 'env'>,
  tx: Transaction,
  person: Person,
  wanted: z.output<typeof createChatProjectSchema>,
): Promise<ChatProjectView> {
  const organisationProjectId = await requireOpenProject(tx, person, wanted.organisation_project_id);
  if ((await countChatProjectsLocked(tx, person)) >= PROJECTS_MAX) {
    throw new AppError('workbench.too_many', {
      publicMessage: `You have ${PROJECTS_MAX} chat projects, as many as you may. Delete one of them.`,
    });
  }
  const id = newId(env, 'chatProject');
  const { name, sharing } = wanted;
  await insertChatProject(tx, person, { id, name, sharing, organisationProjectId });
  await announce(tx, person, id, sharing === 'private');
  noteKept({ name, sharing, organisation_project_id: organisationProjectId }, sharing === 'private');
  return getChatProject(tx, person, id);
}

/** What is left out stays. @throws workbench.project_not_found, workbench.not_yours, project.not_found, project.archived */
export async function changeChatProject(
  tx: Transaction,
  person: Person,
  id: string,
  wanted: z.output<typeof changeChatProjectSchema>,
): Promise<ChatProjectView> {
  const before = await requireChangeable(tx, person, id);
  const wish = wanted.organisation_project_id;
  const isKept = wish === undefined || wish === before.organisation_project_id;
  const sharing = wanted.sharing ?? before.sharing;
  if (sharing !== before.sharing && !before.is_own) throw new AppError('workbench.not_yours');
  await updateChatProject(tx, person, id, {
    name: wanted.name ?? before.name,
    sharing,
    organisationProjectId: isKept
      ? before.organisation_project_id
      : await requireOpenProject(tx, person, wish),
    isArchived: wanted.archived ?? before.archived_at !== null,
  });
  if (sharing === 'private') await turnOutOthers(tx, person, id);
  await announce(tx, person, id, before.sharing === 'private' && sharing === 'private');
  const after = await getChatProject(tx, person, id);
  noteDifference(before, after);
  noteChange({ isPrivate: before.sharing === 'private' && sharing === 'private' });
  return after;
}

/** Conversations stay, in no chat project. @throws workbench.project_not_found, workbench.not_yours */
export async function removeChatProject(tx: Transaction, person: Person, id: string): Promise<void> {
  const before = await requireChangeable(tx, person, id);
  await deleteChatProject(tx, person, id);
  await announce(tx, person, id, before.sharing === 'private');
  noteChange({ before: { name: before.name, sharing: before.sharing } });
  noteChange({ isPrivate: before.sharing === 'private' });
}

/** Its owner's, or, where all see it, those who look after the workbench. */
async function requireChangeable(tx: Transaction, person: Person, id: string): Promise<ChatProjectView> {
  if (!(await lockChatProject(tx, person, id))) throw new AppError('workbench.project_not_found');
  const project = await getChatProject(tx, person, id);
  if (!project.is_own && !isAllowed(person.role, 'workbench.manage'))
    throw new AppError('workbench.not_yours');
  return project;
}
