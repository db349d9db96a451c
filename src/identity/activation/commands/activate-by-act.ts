/**
 * What somebody creates or orders is activated by that act, as far as their role may: an owner gives both sides, an
 * administrator the technical one, a manager the economic one. Nothing that was taken back is given again this way.
 */
import type { Queryable, Transaction } from '#database/database.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { requireActive } from '../queries.ts';
import { type Resource, sidesOf } from '../rules.ts';
import { copyActivation, decideSides, ensureActivation, selectRoleOf } from '../store.ts';

const USER = 'user:';

/** Call it in the transaction that creates the resource. Work of ours, without a person, stands for both sides. */
export async function activateByAct(
  tx: Transaction,
  scope: OrgScope,
  resource: Resource,
  { actor }: Pick<Actor, 'actor'>,
): Promise<void> {
  await ensureActivation(tx, scope, resource);
  const sides = await sidesOfActor(tx, scope, actor);
  await decideSides(tx, scope, resource, sides, { isGiven: true, by: actor, onlyUndecided: true });
}

/** What takes the place of another works as far as that did. */
export async function inheritActivation(
  tx: Transaction,
  scope: OrgScope,
  { from, to, by }: { readonly from: Resource; readonly to: Resource; readonly by: Pick<Actor, 'actor'> },
): Promise<void> {
  if (!(await copyActivation(tx, scope, from, to))) await activateByAct(tx, scope, to, by);
}

/**
 * For what every organisation shares, such as models: the first use is the act that activates it.
 * @throws activation.missing
 */
export async function requireActiveByAct(
  tx: Transaction,
  scope: OrgScope,
  resource: Resource & { readonly name?: string },
  by: Pick<Actor, 'actor'>,
): Promise<void> {
  await activateByAct(tx, scope, resource, by);
  await requireActive(tx, scope, resource, resource.name);
}

async function sidesOfActor(db: Queryable, scope: OrgScope, actor: string) {
  // A job has a plain name. Keys and workers, like people, have a prefix, and activate nothing.
  if (!actor.includes(':')) return sidesOf('owner');
  if (!actor.startsWith(USER)) return [];
  return sidesOf(await selectRoleOf(db, scope, actor.slice(USER.length)));
}
