/** Gives volumes of living instances the row that they lack, with the beginning of their cost. */
import { enqueue } from '#jobs/jobs.ts';
import { type CorrelationId, newId } from '#kernel/ids.ts';
import { RECONCILE_INSTANCE } from '../jobs/wake-reconciler.ts';
import { logAction } from '../store/action-log.ts';
import { insertCostEvent } from '../store/cost-events.ts';
import { announce } from '../store/instances.ts';
import { upsertVolume } from '../store/volumes.ts';
import type { Adoption } from './plan.ts';
import { apply, call, type Round, SWEEPER } from './round.ts';

/** Answers how many rows were made. What cannot be read now is taken up by the next round. */
export async function adoptVolumes(round: Round, adoptions: readonly Adoption[]): Promise<number> {
  let adopted = 0;
  for (const adoption of adoptions) {
    if (await adoptVolume(round, adoption)) adopted += 1;
  }
  return adopted;
}

async function adoptVolume(round: Round, { resource, instance }: Adoption): Promise<boolean> {
  const { env } = round.deps;
  const answer = await call(round, 'look-adoption', (context) =>
    round.provider.findVolume(context, resource.ref),
  );
  if (!answer.ok) {
    round.errors.push(`${resource.ref.id}: ${answer.error.message}`);
    return false;
  }
  const volume = answer.value;
  if (!volume || volume.state === 'gone') return false;
  const { correlationId } = round.lease;
  await apply(round, 'adopt', async (tx) => {
    await enqueue(tx, {
      kind: RECONCILE_INSTANCE,
      subjectId: instance.id,
      orgId: instance.orgId,
      correlationId,
    });
    await upsertVolume(tx, instance, {
      id: newId(env, 'volume'),
      instanceId: instance.id,
      providerId: round.providerId,
      providerRef: resource.ref.id,
      zone: resource.ref.zone,
      kind: volume.kind,
      sizeBytes: volume.sizeBytes,
      isBoot: volume.isBoot,
      nanosPerHour: volume.nanosPerHour ?? null,
      // A root volume goes with its server, also when that is given back.
      discoveredOn: volume.isBoot ? volume.attachedTo : undefined,
    });
    await insertCostEvent(env, tx, instance, {
      instanceId: instance.id,
      resourceKind: 'volume',
      resourceRef: resource.ref.id,
      edge: 'start',
      atMs: volume.billedFromMs ?? resource.createdAtMs,
      providerId: round.providerId,
      zone: resource.ref.zone,
      nanosPerHour: volume.nanosPerHour ?? null,
      currency: volume.nanosPerHour === undefined ? null : instance.priceCurrency,
      correlationId: correlationId as CorrelationId,
    });
    await logAction(env, tx, instance, {
      instanceId: instance.id,
      component: SWEEPER,
      code: 'PROVIDER_DISCOVER_VOLUME',
      status: 'succeeded',
      metadata: { volume_ref: resource.ref.id, kind: volume.kind, size_bytes: volume.sizeBytes },
      correlationId,
    });
    await announce(tx, instance, instance.id);
  });
  return true;
}
