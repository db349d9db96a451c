/** What is activated, what is missing, and who can give it. */
import type {
  ActivationSide,
  ActivationView,
  ResourceActivationView,
  ResourceKind,
} from '#contracts/activation.ts';
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type Giver, missingError, missingSides, type Resource, rolesThatGive } from './rules.ts';
import {
  type ActivationFilter,
  type ActivationPosition,
  type ActivationRow,
  countActivations,
  selectActivation,
  selectActivationPage,
  selectActivations,
  selectGivers,
  selectInactive,
  selectMissing,
} from './store.ts';

export type { ActivationFilter, ActivationPosition, Resource };

const GIVERS_MAX = 50;

/** A resource that lacks something, as gateways keep it in memory. */
export interface MissingActivation {
  readonly orgId: string;
  readonly id: string;
  readonly missing: readonly ActivationSide[];
}

export async function isActive(db: Queryable, scope: OrgScope, resource: Resource): Promise<boolean> {
  return (await missingOf(db, scope, resource)).length === 0;
}

/** Both sides for what nobody has activated. */
export async function missingOf(
  db: Queryable,
  scope: OrgScope,
  resource: Resource,
): Promise<ActivationSide[]> {
  return missingSides(await selectActivation(db, scope, resource));
}

/** `name` is what people call it. @throws activation.missing, which names who can give what is missing */
export async function requireActive(
  db: Queryable,
  scope: OrgScope,
  resource: Resource,
  name?: string,
): Promise<void> {
  const missing = await missingOf(db, scope, resource);
  if (missing.length === 0) return;
  throw missingError({ kind: resource.kind, name }, missing, await giversOf(db, scope, missing));
}

/** What lacks something, in every organisation: for the gateways' memory. */
export async function listInactive(db: Queryable, kind: ResourceKind): Promise<MissingActivation[]> {
  const rows = await selectInactive(db, kind);
  return rows.map((row) => ({ orgId: row.orgId, id: row.id, missing: missingSides(row) }));
}

/** What of an organisation lacks something, of these kinds. */
export async function listMissing(
  db: Queryable,
  scope: OrgScope,
  kinds: readonly ResourceKind[],
): Promise<{ resource_kind: ResourceKind; resource_id: string; missing: ActivationSide[] }[]> {
  const rows = await selectMissing(db, scope, kinds);
  return rows.map((row) => ({ resource_kind: row.kind, resource_id: row.id, missing: missingSides(row) }));
}

/** Each of these resources as people see its activation. */
export async function describeActivations(
  db: Queryable,
  scope: OrgScope,
  kind: ResourceKind,
  ids: readonly string[],
): Promise<Map<string, ActivationView>> {
  if (ids.length === 0) return new Map();
  const rows = new Map((await selectActivations(db, scope, kind, ids)).map((row) => [row.id, row]));
  const missing = ids.flatMap((id) => missingSides(rows.get(id)));
  const givers = await giversOf(db, scope, missing);
  return new Map(ids.map((id) => [id, toView(rows.get(id), givers)]));
}

export async function describeActivation(
  db: Queryable,
  scope: OrgScope,
  resource: Resource,
): Promise<ResourceActivationView> {
  const views = await describeActivations(db, scope, resource.kind, [resource.id]);
  const view = views.get(resource.id);
  if (!view) throw new Error('each id has a view');
  return { resource_kind: resource.kind, resource_id: resource.id, ...view };
}

export interface ActivationPage {
  readonly rows: readonly (ResourceActivationView & { readonly createdAt: string })[];
  /** Of all pages together. */
  readonly total: number;
}

/** Newest first, one more than `limit` when there are more. */
export async function listActivations(
  db: Queryable,
  scope: OrgScope,
  filter: ActivationFilter,
  page: { readonly limit: number; readonly after?: ActivationPosition | undefined },
): Promise<ActivationPage> {
  const rows = await selectActivationPage(db, scope, filter, { ...page, limit: page.limit + 1 });
  const givers = await giversOf(db, scope, rows.flatMap(missingSides));
  return {
    rows: rows.map((row) => ({
      resource_kind: row.kind,
      resource_id: row.id,
      ...toView(row, givers),
      createdAt: row.createdAt.toISOString(),
    })),
    total: await countActivations(db, scope, filter),
  };
}

/** People who can give one of these sides. */
async function giversOf(
  db: Queryable,
  scope: OrgScope,
  missing: readonly ActivationSide[],
): Promise<Giver[]> {
  const roles = [...new Set(missing.flatMap(rolesThatGive))];
  return roles.length === 0 ? [] : selectGivers(db, scope, roles, GIVERS_MAX);
}

function toView(row: ActivationRow | undefined, givers: readonly Giver[]): ActivationView {
  const missing = missingSides(row);
  return {
    technical: sideView(row?.technicalIsGiven, row?.technicalBy, row?.technicalAt),
    economic: sideView(row?.economicIsGiven, row?.economicBy, row?.economicAt),
    missing,
    who_can: missing.map((side) => {
      const roles = rolesThatGive(side);
      return { side, roles: [...roles], people: givers.filter(({ role }) => roles.includes(role)) };
    }),
  };
}

function sideView(isGiven = false, by: string | null = null, at: Date | null = null) {
  return { given: isGiven, by, at: at?.toISOString() ?? null };
}
