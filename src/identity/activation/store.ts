/** All SQL of activations: sole writer of `activations`. */
import type { ActivationSide, ResourceKind } from '#contracts/activation.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { Conditions } from '#database/listing.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Giver, Resource } from './rules.ts';

export interface ActivationRow {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly technicalIsGiven: boolean;
  readonly technicalBy: string | null;
  readonly technicalAt: Date | null;
  readonly economicIsGiven: boolean;
  readonly economicBy: string | null;
  readonly economicAt: Date | null;
  readonly createdAt: Date;
}

export interface ActivationPosition {
  readonly createdAt: string;
  readonly kind: string;
  readonly id: string;
}

const COLUMNS = `resource_kind as kind, resource_id as id, technical_is_given as "technicalIsGiven",
  technical_by as "technicalBy", technical_at as "technicalAt", economic_is_given as "economicIsGiven",
  economic_by as "economicBy", economic_at as "economicAt", created_at as "createdAt"`;
const IS_MISSING = 'not (technical_is_given and economic_is_given)';

export async function selectActivation(
  db: Queryable,
  scope: OrgScope,
  resource: Resource,
): Promise<ActivationRow | undefined> {
  const [row] = await selectActivations(db, scope, resource.kind, [resource.id]);
  return row;
}

export async function selectActivations(
  db: Queryable,
  scope: OrgScope,
  kind: ResourceKind,
  ids: readonly string[],
): Promise<ActivationRow[]> {
  return db.query<ActivationRow>(
    `select ${COLUMNS} from activations
     where org_id = $1 and resource_kind = $2 and resource_id = any($3) order by resource_id`,
    [scope.orgId, kind, [...ids]],
  );
}

/** Makes the row of a resource that has none. */
export async function ensureActivation(tx: Transaction, scope: OrgScope, resource: Resource): Promise<void> {
  await tx.query(
    `insert into activations (org_id, resource_kind, resource_id, created_at) values ($1, $2, $3, app_now())
     on conflict do nothing`,
    [scope.orgId, resource.kind, resource.id],
  );
}

export interface Decision {
  readonly isGiven: boolean;
  readonly by: string;
  /** Leaves alone what somebody decided on before. */
  readonly onlyUndecided?: boolean;
}

/** Decides on sides of a resource that has a row; what is so already keeps who and when. */
export async function decideSides(
  tx: Transaction,
  scope: OrgScope,
  resource: Resource,
  sides: readonly ActivationSide[],
  { isGiven, by, onlyUndecided = false }: Decision,
): Promise<void> {
  for (const side of sides) {
    const condition = onlyUndecided ? `${side}_at is null` : `(${side}_at is null or ${side}_is_given <> $4)`;
    await tx.query(
      `update activations set ${side}_is_given = $4, ${side}_by = $5, ${side}_at = app_now()
       where org_id = $1 and resource_kind = $2 and resource_id = $3 and ${condition}`,
      [scope.orgId, resource.kind, resource.id, isGiven, by],
    );
  }
}

/** What takes the place of another works as far as the other did. */
export async function copyActivation(
  tx: Transaction,
  scope: OrgScope,
  from: Resource,
  to: Resource,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into activations (org_id, resource_kind, resource_id, technical_is_given, technical_by, technical_at,
       economic_is_given, economic_by, economic_at, created_at)
     select org_id, $4, $5, technical_is_given, technical_by, technical_at,
       economic_is_given, economic_by, economic_at, app_now()
     from activations where org_id = $1 and resource_kind = $2 and resource_id = $3
     returning 1`,
    [scope.orgId, from.kind, from.id, to.kind, to.id],
  );
  return rows.length === 1;
}

export async function selectRoleOf(
  db: Queryable,
  scope: OrgScope,
  userId: string,
): Promise<OrganisationRole | undefined> {
  const [row] = await db.query<{ role: OrganisationRole }>(
    `select m.role from memberships m join users u on u.id = m.user_id and u.disabled_at is null
     where m.org_id = $1 and m.user_id = $2`,
    [scope.orgId, userId],
  );
  return row?.role;
}

export async function selectGivers(
  db: Queryable,
  scope: OrgScope,
  roles: readonly OrganisationRole[],
  countMax: number,
): Promise<Giver[]> {
  return db.query<Giver>(
    `select u.id, u.username, m.role from memberships m
     join users u on u.id = m.user_id and u.disabled_at is null
     where m.org_id = $1 and m.role = any($2) order by m.created_at, u.id limit $3`,
    [scope.orgId, [...roles], countMax],
  );
}

export interface ActivationFilter {
  readonly kind?: ResourceKind | undefined;
  readonly id?: string | undefined;
  readonly missing?: boolean | undefined;
}

/** Uses activations_in_order, activations_missing. */
export async function selectActivationPage(
  db: Queryable,
  scope: OrgScope,
  filter: ActivationFilter,
  page: { readonly limit: number; readonly after?: ActivationPosition | undefined },
): Promise<ActivationRow[]> {
  const where = conditionsOf(scope, filter);
  if (page.after) {
    const { createdAt, kind, id } = page.after;
    const [at, ofKind] = [where.place(createdAt), where.place(kind)];
    where.add(
      `(created_at, resource_kind, resource_id) < (${at}::timestamptz, ${ofKind}, ${where.place(id)})`,
    );
  }
  return db.query<ActivationRow>(
    `select ${COLUMNS} from activations where ${where.sql}
     order by created_at desc, resource_kind desc, resource_id desc limit ${where.place(page.limit)}`,
    where.values,
  );
}

export async function countActivations(
  db: Queryable,
  scope: OrgScope,
  filter: ActivationFilter,
): Promise<number> {
  const where = conditionsOf(scope, filter);
  const [row] = await db.query<{ count: number }>(
    `select count(*) as count from activations where ${where.sql}`,
    where.values,
  );
  return row?.count ?? 0;
}

function conditionsOf(scope: OrgScope, { kind, id, missing }: ActivationFilter): Conditions {
  const where = new Conditions()
    .equal('org_id', scope.orgId)
    .equal('resource_kind', kind)
    .equal('resource_id', id);
  if (missing !== undefined) where.add(missing ? IS_MISSING : `not ${IS_MISSING}`);
  return where;
}

export interface InactiveResource {
  readonly orgId: OrgId;
  readonly id: string;
  readonly technicalIsGiven: boolean;
  readonly economicIsGiven: boolean;
}

/** Of every organisation, for the gateways' memory. Uses activations_missing. */
export async function selectInactive(db: Queryable, kind: ResourceKind): Promise<InactiveResource[]> {
  return db.query<InactiveResource>(
    `select org_id as "orgId", resource_id as id, technical_is_given as "technicalIsGiven",
            economic_is_given as "economicIsGiven"
     from activations where resource_kind = $1 and ${IS_MISSING} order by org_id, resource_id`,
    [kind],
  );
}

/** Of one organisation. Uses activations_missing. */
export async function selectMissing(
  db: Queryable,
  scope: OrgScope,
  kinds: readonly ResourceKind[],
): Promise<(Omit<InactiveResource, 'orgId'> & { readonly kind: ResourceKind })[]> {
  return db.query(
    `select resource_kind as kind, resource_id as id, technical_is_given as "technicalIsGiven",
            economic_is_given as "economicIsGiven"
     from activations where org_id = $1 and resource_kind = any($2) and ${IS_MISSING}
     order by resource_kind, resource_id`,
    [scope.orgId, [...kinds]],
  );
}
