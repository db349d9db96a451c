import type { OrganisationView } from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import type {
  InvitationSort,
  InvitationView,
  ListedOrganisation,
  MemberSort,
  MemberView,
  MyOrganisation,
  ProjectView,
} from '#contracts/organisations.ts';
import type { Queryable } from '#database/database.ts';
import type { ListFound, ListWish } from '#database/listing.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId, ProjectId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { mayRemove, rolesToGive } from './delegation.ts';
import { INVITATION_LIST, type InvitationFilter, selectInvitations } from './invitation-store.ts';
import { MEMBER_LIST, type MemberFilter, type MemberRow, selectMembers } from './member-store.ts';
import {
  type OrganisationLife,
  type OrganisationSearch,
  selectAllOrganisations,
  selectLife,
  selectOrganisation,
  selectOrganisationId,
  selectOrganisationsOf,
} from './organisation-store.ts';
import { selectProject, selectProjects } from './project-store.ts';

export type { OrganisationLife };
export { INVITATION_LIST, MEMBER_LIST };

/** @throws organisation.not_found */
export async function getOrganisation(db: Queryable, scope: OrgScope): Promise<OrganisationView> {
  const organisation = await selectOrganisation(db, scope);
  if (!organisation) throw new AppError('organisation.not_found');
  return organisation;
}

/** By its slug or its id, for who speaks for the installation. */
export function findOrganisation(db: Queryable, name: string): Promise<OrgId | undefined> {
  return selectOrganisationId(db, name);
}

/** Also of one that is gone. */
export function findLife(db: Queryable, scope: OrgScope): Promise<OrganisationLife | undefined> {
  return selectLife(db, scope);
}

/** For whoever begins something in it. @throws organisation.deleting */
export async function requireLiving(db: Queryable, scope: OrgScope): Promise<void> {
  const life = await selectLife(db, scope);
  if (life?.deletionAskedAt) throw new AppError('organisation.deleting');
}

export function listOrganisationsOf(db: Queryable, userId: UserId): Promise<MyOrganisation[]> {
  return selectOrganisationsOf(db, userId);
}

export function listAllOrganisations(
  db: Queryable,
  wanted: OrganisationSearch,
): Promise<ListedOrganisation[]> {
  return selectAllOrganisations(db, wanted);
}

/** A page of them, as this viewer may see them. */
export async function listMembers(
  db: Queryable,
  viewer: OrgScope & Viewer,
  filter: Omit<MemberFilter, 'searchesEmail'>,
  wish: ListWish<MemberSort>,
): Promise<ListFound<MemberView>> {
  const found = await selectMembers(db, viewer, { ...filter, searchesEmail: viewer.role !== 'user' }, wish);
  return { ...found, rows: found.rows.map((row) => toMemberView(row, viewer)) };
}

export interface Viewer {
  readonly userId: UserId;
  readonly role: OrganisationRole;
}

export function toMemberView(row: MemberRow, viewer: Viewer): MemberView {
  const isSelf = row.user_id === viewer.userId;
  return {
    user_id: row.user_id,
    username: row.username,
    email: viewer.role === 'user' && !isSelf ? null : row.email,
    role: row.role,
    joined_at: row.created_at.toISOString(),
    may_become: rolesToGive(viewer.role, row.role),
    may_remove: mayRemove(viewer.role, row.role, isSelf),
  };
}

/** A page of them, ended ones included. */
export function listInvitations(
  db: Queryable,
  scope: OrgScope,
  filter: InvitationFilter,
  wish: ListWish<InvitationSort>,
): Promise<ListFound<InvitationView>> {
  return selectInvitations(db, scope, filter, wish);
}

/** By short name. */
export function listProjects(
  db: Queryable,
  scope: OrgScope,
  filter: { readonly includeArchived: boolean },
): Promise<ProjectView[]> {
  return selectProjects(db, scope, filter);
}

/** @throws project.not_found */
export async function getProject(db: Queryable, scope: OrgScope, id: string): Promise<ProjectView> {
  const project = await selectProject(db, scope, id);
  if (!project) throw new AppError('project.not_found');
  return project;
}

/** A project that something may be put into. @throws project.not_found, project.archived */
export async function requireOpenProject(
  db: Queryable,
  scope: OrgScope,
  id: string | null | undefined,
): Promise<ProjectId | null> {
  if (id === null || id === undefined) return null;
  const project = await getProject(db, scope, id);
  if (project.archived_at !== null) throw new AppError('project.archived');
  return project.id as ProjectId;
}
