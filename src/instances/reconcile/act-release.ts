/** Carries out decisions about what is to go: delete, look, and write down the end only with its proof. */
import type { Volume } from '#providers/provider.ts';
import { markServerDeleteCalled, recordAbsent } from '../store/attempts.ts';
import { insertCostEvent } from '../store/cost-events.ts';
import { announce } from '../store/instances.ts';
import { markVolumeDeleteCalled, markVolumeDeleted, upsertVolume } from '../store/volumes.ts';
import { startServerCosts } from './act-create.ts';
import { recordVolumeCost } from './act-start.ts';
import { apply, callProvider, holdBack, log, logOnceInAWhile, providerOf, type Run } from './run.ts';
import type { Decision } from './situation.ts';

export async function deleteServer(
  run: Run,
  decision: Extract<Decision, { do: 'delete_server' }>,
): Promise<void> {
  const { attempt, serverRef } = decision;
  const { instance } = run.situation;
  const ref = { id: serverRef, zone: instance.zone };
  const provider = providerOf(run);
  const answer = await callProvider(run, 'delete', (context) => provider.deleteServer(context, ref));
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_DELETE', answer);
  run.seen.servers.delete(serverRef);
  await apply(run, 'delete', async (tx) => {
    await markServerDeleteCalled(tx, instance, attempt.id);
    await logOnceInAWhile(run, tx, {
      code: 'PROVIDER_DELETE',
      status: 'succeeded',
      durationMs: answer.durationMs,
      metadata: { server_ref: serverRef },
    });
  });
}

export async function confirmServerGone(
  run: Run,
  decision: Extract<Decision, { do: 'confirm_server_gone' }>,
): Promise<void> {
  const { attempt, serverRef, server } = decision;
  const { instance } = run.situation;
  await apply(run, 'server-gone', async (tx) => {
    await recordAbsent(tx, instance, attempt.id);
    if (server) await startServerCosts(run, tx, server);
    await insertCostEvent(run.deps.env, tx, instance, {
      instanceId: instance.id,
      resourceKind: 'server',
      resourceRef: serverRef,
      edge: 'stop',
      // Without the provider's word: now, because until now it could not be told from a server that exists.
      atMs: server?.billedToMs,
      providerId: instance.providerId,
      zone: instance.zone,
      nanosPerHour: instance.priceNanosPerHour,
      currency: instance.priceCurrency,
      correlationId: instance.correlationId,
    });
    await log(run, tx, {
      code: 'PROVIDER_GONE',
      status: 'succeeded',
      metadata: { server_ref: serverRef, proof: server ? 'told_by_provider' : 'absent_for_window' },
    });
    await announce(tx, instance, instance.id);
  });
}

/** Also fills in what could not be read when the volume was discovered. */
export async function lookVolume(
  run: Run,
  decision: Extract<Decision, { do: 'look_volume' }>,
): Promise<void> {
  const { volume } = decision;
  const ref = { id: volume.providerRef, zone: volume.zone };
  const provider = providerOf(run);
  const answer = await callProvider(run, 'look-volume', (context) => provider.findVolume(context, ref));
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_DELETE_VOLUME', answer);
  const found = answer.value;
  run.seen.volumes.set(volume.id, found ?? null);
  if (found) await completeVolume(run, decision, found);
}

async function completeVolume(
  run: Run,
  { volume }: Extract<Decision, { do: 'look_volume' }>,
  found: Volume,
): Promise<void> {
  const { instance } = run.situation;
  await apply(run, 'look-volume', async (tx) => {
    await upsertVolume(tx, instance, {
      id: volume.id,
      instanceId: instance.id,
      providerId: instance.providerId,
      providerRef: volume.providerRef,
      zone: volume.zone,
      kind: found.kind,
      sizeBytes: found.sizeBytes,
      isBoot: found.isBoot,
      nanosPerHour: found.nanosPerHour ?? null,
    });
    await recordVolumeCost(run, tx, found, 'start');
  });
}

export async function deleteVolume(
  run: Run,
  decision: Extract<Decision, { do: 'delete_volume' }>,
): Promise<void> {
  const { volume } = decision;
  const { instance } = run.situation;
  const ref = { id: volume.providerRef, zone: volume.zone };
  const provider = providerOf(run);
  const answer = await callProvider(run, 'delete-volume', (context) => provider.deleteVolume(context, ref));
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_DELETE_VOLUME', answer);
  run.seen.volumes.delete(volume.id);
  await apply(run, 'delete-volume', async (tx) => {
    await markVolumeDeleteCalled(tx, instance, volume.id);
    await logOnceInAWhile(run, tx, {
      code: 'PROVIDER_DELETE_VOLUME',
      status: 'succeeded',
      durationMs: answer.durationMs,
      metadata: { volume_ref: volume.providerRef },
    });
  });
}

export async function confirmVolumeGone(
  run: Run,
  decision: Extract<Decision, { do: 'confirm_volume_gone' }>,
): Promise<void> {
  const { volume, seen } = decision;
  const { instance } = run.situation;
  await apply(run, 'volume-gone', async (tx) => {
    await markVolumeDeleted(tx, instance, volume.id);
    if (seen) await recordVolumeCost(run, tx, seen, 'start');
    await insertCostEvent(run.deps.env, tx, instance, {
      instanceId: instance.id,
      resourceKind: 'volume',
      resourceRef: volume.providerRef,
      edge: 'stop',
      atMs: seen?.billedToMs,
      providerId: instance.providerId,
      zone: volume.zone,
      nanosPerHour: seen?.nanosPerHour ?? null,
      currency: seen?.nanosPerHour === undefined ? null : instance.priceCurrency,
      correlationId: instance.correlationId,
    });
    await log(run, tx, {
      code: 'PROVIDER_VOLUME_GONE',
      status: 'succeeded',
      metadata: { volume_ref: volume.providerRef, proof: seen ? 'told_by_provider' : 'absent_for_window' },
    });
    await announce(tx, instance, instance.id);
  });
}
