/** RECONCILE, asked for by a person: durable from here on; its report is read under the id that is answered. */
import type { Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type Id, newId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { RUN_RECONCILE } from '../jobs/run-reconcile.ts';
import { findPlaceOf, insertReconcileRequest, isKnownProvider } from '../store/reconcile-requests.ts';

export interface ReconcileWish {
  readonly provider?: string | undefined;
  readonly instance?: string | undefined;
}

/** @throws instance.not_found, provider.not_enabled, request.invalid */
export async function requestReconcile(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  wish: ReconcileWish,
  by: Actor,
): Promise<Id<'reconcile'>> {
  await refuseUnknown(tx, wish);
  const id = newId(env, 'reconcile');
  await enqueue(tx, { kind: RUN_RECONCILE, subjectId: id, correlationId: by.correlationId });
  await insertReconcileRequest(tx, {
    id,
    providerId: wish.provider ?? null,
    instanceId: wish.instance ?? null,
    by: by.actor,
    correlationId: by.correlationId,
  });
  return id;
}

async function refuseUnknown(tx: Transaction, { provider, instance }: ReconcileWish): Promise<void> {
  if (provider !== undefined && !(await isKnownProvider(tx, provider))) {
    throw new AppError('provider.not_enabled', {
      publicMessage: `There is no provider ${provider}. Leave \`provider\` out to reconcile all of them.`,
    });
  }
  if (instance === undefined) return;
  const place = await findPlaceOf(tx, instance);
  if (!place) throw new AppError('instance.not_found');
  if (provider !== undefined && place.providerId !== provider) {
    throw new AppError('request.invalid', {
      publicMessage: `This instance is rented at ${place.providerId}, not at ${provider}. Leave \`provider\` out.`,
    });
  }
}
