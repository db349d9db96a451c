/**
 * The owner of a machine says when and how much of it may be used. Gateways are told at once and follow the clock by
 * themselves; a machine that closes finishes what it has.
 */
import { type MachineTerms, machineTermsSchema } from '#contracts/machine-terms.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { logAction } from '../store/action-log.ts';
import { lockIntent } from '../store/instances.ts';
import { isTimeZone } from '../terms/open-hours.ts';
import { NO_TERMS } from '../terms/terms.ts';
import { findTerms, upsertTerms } from '../terms/terms-store.ts';

/** @throws instance.not_found, request.invalid */
export async function setTerms(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  change: { readonly id: InstanceId; readonly terms: MachineTerms; readonly by: Actor },
): Promise<void> {
  const { id, terms, by } = change;
  if (!isTimeZone(terms.time_zone)) {
    throw new AppError('request.invalid', {
      publicMessage: `There is no time zone \`${terms.time_zone}\`. Give a name such as Europe/Paris, or UTC.`,
    });
  }
  if (!(await lockIntent(tx, scope, id))) throw new AppError('instance.not_found');
  const former = await findTerms(tx, scope, id);
  const before = former ? machineTermsSchema.parse(former) : NO_TERMS;
  await upsertTerms(tx, scope, id, terms);
  noteChange({ before: { terms: before }, after: { terms } });
  await logAction(env, tx, scope, {
    instanceId: id,
    component: by.actor,
    code: 'REQUEST_TERMS',
    status: 'succeeded',
    correlationId: by.correlationId,
  });
  await notify(tx, 'routing', id);
}
