/** Carries out decisions about what is to go: delete, look, and write down the end only with its proof. */
import type { Transaction } from '#database/database.ts';
import type { Volume } from '#providers/provider.ts';
import type { AttemptRow } from '../rows.ts';
import { markDeleteCalled, recordAbsent, recordVolumeAbsent } from '../store/attempts.ts';
import { insertCostEvent } from '../store/cost-events.ts';
import { announce } from '../store/instances.ts';
import { markVolumeDeleteCalled, markVolumeDeleted, upsertVolume } from '../store/volumes.ts';
import { rateOf, recordCost } from './act-adopt.ts';
import { recordVolumeCost } from './act-start.ts';
import { deleteAt, forgetSeen, isBilled, refOf, wordOf } from './resources.ts';
import { apply, callProvider, holdBack, log, logOnceInAWhile, providerOf, type Run } from './run.ts';
import type { Decision } from './situation.ts';

export async function deleteResource(
  run: Run,
  decision: Extract<Decision, { do: 'delete_resource' }>,
): Promise<void> {
  const { attempt } = decision;
  const { instance } = run.situation;
  const provider = providerOf(run);
  const name = `delete-${wordOf(attempt.kind)}`;
  const answer = await callProvider(run, name, (context) => deleteAt(provider, context, attempt));
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_DELETE', answer);
  forgetSeen(run.seen, attempt);
  const action = {
    code: 'PROVIDER_DELETE',
    status: 'succeeded',
    durationMs: answer.durationMs,
    metadata: describe(attempt),
  } as const;
  await apply(run, name, async (tx) => {
    await markDeleteCalled(tx, instance, attempt.id);
    if (attempt.deleteCalledAtMs === null) await log(run, tx, action);
    else await logOnceInAWhile(run, tx, action);
  });
}

export async function lookPart(run: Run, decision: Extract<Decision, { do: 'look_part' }>): Promise<void> {
  const { attempt } = decision;
  const { kind } = attempt;
  if (kind === 'server') throw new Error('a server is no part');
  const provider = providerOf(run);
  const answer = await callProvider(run, `look-${wordOf(kind)}`, (context) =>
    provider.findPart(context, kind, refOf(attempt)),
  );
  if (answer.ok) run.seen.parts.set(attempt.id, answer.value ?? null);
  else await holdBack(run, decision, 'PROVIDER_LOOK', answer);
}

/** The end of what was ordered, with its proof and the end of its costs. */
export async function confirmGone(
  run: Run,
  decision: Extract<Decision, { do: 'confirm_gone' }>,
): Promise<void> {
  const { attempt, resource } = decision;
  const { instance } = run.situation;
  const rate = resource ? await rateOf(run, attempt, resource) : { nanosPerHour: null, currency: null };
  await apply(run, `gone-${wordOf(attempt.kind)}`, async (tx) => {
    await recordAbsent(tx, instance, attempt.id);
    if (resource) {
      await recordCost(run, tx, attempt, { resource, rate }, 'start');
      await recordCost(run, tx, attempt, { resource, rate }, 'stop');
    } else {
      await stopCostNow(run, tx, attempt);
    }
    await log(run, tx, {
      code: 'PROVIDER_GONE',
      status: 'succeeded',
      metadata: { ...describe(attempt), proof: resource ? 'told_by_provider' : 'absent_for_window' },
    });
    await announce(tx, instance, instance.id);
  });
}

/** Now, because until now it could not be told from one that exists. */
async function stopCostNow(run: Run, tx: Transaction, attempt: AttemptRow): Promise<void> {
  if (!isBilled(attempt.kind)) return;
  const { instance } = run.situation;
  await insertCostEvent(run.deps.env, tx, instance, {
    instanceId: instance.id,
    resourceKind: attempt.kind,
    resourceRef: refOf(attempt).id,
    edge: 'stop',
    atMs: undefined,
    providerId: instance.providerId,
    zone: attempt.zone,
    // The interval has the price with which it began.
    nanosPerHour: null,
    currency: null,
    correlationId: instance.correlationId,
  });
}

function describe(attempt: AttemptRow): Record<string, unknown> {
  return { kind: attempt.kind, [`${attempt.kind}_ref`]: attempt.providerRef };
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
    const ref = { id: volume.providerRef, zone: volume.zone };
    await recordVolumeAbsent(tx, instance, instance.id, ref);
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
