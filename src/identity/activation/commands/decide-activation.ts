/**
 * Gives sides of an activation, or takes them back. Deciding the same twice is deciding it once. Gateways and the
 * orchestrator follow when the transaction commits.
 */
import type { ActivationSide, ResourceActivationView } from '#contracts/activation.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteChange, noteDifference } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { describeActivation } from '../queries.ts';
import { type Resource, rolesThatGive, sidesOf } from '../rules.ts';
import { decideSides, ensureActivation } from '../store.ts';

export interface ActivationWish {
  readonly resource: Resource;
  readonly sides: readonly ActivationSide[];
  /** False takes them back. */
  readonly isGiven: boolean;
}

export interface ActivationDeps {
  /**
   * The resource exists for this organisation. What waits for it is woken here, before the activation is written:
   * job rows come first in the order of locks.
   */
  readonly wake: (tx: Transaction, scope: OrgScope, resource: Resource, by: Actor) => Promise<boolean>;
}

/** @throws auth.forbidden, activation.resource_not_found */
export async function decideActivation(
  deps: ActivationDeps,
  tx: Transaction,
  { scope, role, by }: { readonly scope: OrgScope; readonly role: OrganisationRole; readonly by: Actor },
  wish: ActivationWish,
): Promise<ResourceActivationView> {
  const { resource, sides, isGiven } = wish;
  requireRole(role, sides);
  if (!(await deps.wake(tx, scope, resource, by))) throw new AppError('activation.resource_not_found');
  await ensureActivation(tx, scope, resource);
  const before = await describeActivation(tx, scope, resource);
  await decideSides(tx, scope, resource, sides, { isGiven, by: by.actor });
  const view = await describeActivation(tx, scope, resource);
  const subjectId = `${resource.kind}:${resource.id}`;
  noteDifference(before, view);
  noteChange({ subject: { kind: 'activations', id: subjectId } });
  await emitEvent(tx, {
    orgId: scope.orgId,
    type: 'activation.changed',
    subjectId,
    summary: { missing: view.missing },
  });
  await notify(tx, resource.kind === 'api_key' ? 'keys' : 'routing');
  return view;
}

function requireRole(role: OrganisationRole, sides: readonly ActivationSide[]): void {
  const mine = sidesOf(role);
  const foreign = sides.find((side) => !mine.includes(side));
  if (foreign === undefined) return;
  throw new AppError('auth.forbidden', {
    publicMessage: `The ${foreign} activation is given and taken back by these roles: ${rolesThatGive(foreign).join(', ')}. Yours is ${role}.`,
  });
}
