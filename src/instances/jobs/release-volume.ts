/**
 * One volume that somebody wants deleted, or that complete listings missed: look, delete if that was asked, and write
 * its end down only with a proof, the provider's word or its absence for the whole visibility window. It never gives
 * up, and it deletes nothing that was not asked to go. A run that dies is followed by one that looks again.
 */
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { isId } from '#kernel/ids.ts';
import type { Provider } from '#providers/provider.ts';
import { logAction, logRepeated } from '../store/action-log.ts';
import { recordVolumeAbsent } from '../store/attempts.ts';
import { insertCostEvent } from '../store/cost-events.ts';
import { announce } from '../store/instances.ts';
import { findVolumeRow, noteVolumeSeen, noteVolumeUnseen, type OwnVolume } from '../store/kept-volumes.ts';
import { markVolumeDeleteCalled, markVolumeDeleted } from '../store/volumes.ts';
import { closeSweepAlert, raiseSweepAlert } from '../sweep/alert.ts';
import { deleteAt, type Look, lookAt } from '../sweep/look.ts';
import { apply, call, figure, type SweepDeps, windowMsOf } from '../sweep/round.ts';

export const RELEASE_VOLUME = 'release-volume';

const LOOKS_UNTIL_REPEAT = 10;

interface Run {
  readonly deps: SweepDeps;
  readonly lease: Lease;
  readonly provider: Provider;
  readonly providerId: string;
  readonly volume: OwnVolume;
}

export function releaseVolumeHandler(deps: SweepDeps): JobHandler {
  return {
    kind: RELEASE_VOLUME,
    neverGivesUp: true,
    run: (lease) => release(deps, lease),
  };
}

async function release(deps: SweepDeps, lease: Lease): Promise<JobOutcome> {
  const { subjectId, orgId } = lease;
  if (!isId('volume', subjectId) || orgId === undefined || !isId('organisation', orgId)) {
    throw new Error(`not a volume of an organisation: ${subjectId} ${orgId}`);
  }
  const volume = await findVolumeRow(deps.db, { orgId }, subjectId);
  if (!volume || volume.isDeleted) return { done: true };
  const { providerId } = volume;
  const provider = await deps.providers.find(providerId, volume.accountId);
  // Without credentials nothing can be proven, and nothing may be forgotten.
  if (!provider) return { againInMs: deps.settings.get('SWEEP_INTERVAL_MS', providerId) };
  const run: Run = { deps, lease, provider, providerId, volume };
  const ref = { id: volume.providerRef, zone: volume.zone };
  const answer = await call(run, 'look', (context) => lookAt(provider, context, 'volume', ref));
  if (!answer.ok) return failed(run, answer.error.message);
  const look = answer.value;
  if (look.state === 'gone') return end(run, look);
  if (look.state === 'unseen') return waitForProof(run, look);
  if (volume.missingSinceMs !== null) await apply(run, 'seen', (tx) => noteVolumeSeen(tx, volume, volume.id));
  return volume.deleteAskedAtMs === null ? { done: true } : deleteVolume(run);
}

async function waitForProof(run: Run, look: Look): Promise<JobOutcome> {
  const { volume } = run;
  const sinceMs = volume.deleteCalledAtMs ?? volume.missingSinceMs;
  if (sinceMs !== null && volume.nowMs - sinceMs >= windowMsOf(run)) return end(run, look);
  if (volume.missingSinceMs === null) {
    await apply(run, 'unseen', (tx) => noteVolumeUnseen(tx, volume, volume.id));
  }
  return { againInMs: pollMs(run) };
}

async function deleteVolume(run: Run): Promise<JobOutcome> {
  const { volume, provider } = run;
  await tellStuck(run);
  const repeatMs = LOOKS_UNTIL_REPEAT * pollMs(run);
  const isDue = volume.deleteCalledAtMs === null || volume.nowMs - volume.deleteCalledAtMs >= repeatMs;
  if (!isDue) return { againInMs: pollMs(run) };
  const ref = { id: volume.providerRef, zone: volume.zone };
  const answer = await call(run, 'delete', (context) => deleteAt(provider, context, 'volume', ref));
  if (!answer.ok) return failed(run, answer.error.message);
  await apply(run, 'delete', async (tx) => {
    await markVolumeDeleteCalled(tx, volume, volume.id);
    await logAction(run.deps.env, tx, volume, {
      ...actionOf(run),
      code: 'PROVIDER_DELETE_VOLUME',
      status: 'succeeded',
    });
  });
  return { againInMs: pollMs(run) };
}

async function end(run: Run, look: Look): Promise<JobOutcome> {
  const { volume } = run;
  const { env } = run.deps;
  await apply(run, 'gone', async (tx) => {
    await markVolumeDeleted(tx, volume, volume.id);
    const ref = { id: volume.providerRef, zone: volume.zone };
    await recordVolumeAbsent(tx, volume, volume.instanceId, ref);
    await insertCostEvent(env, tx, volume, {
      instanceId: volume.instanceId,
      resourceKind: 'volume',
      resourceRef: volume.providerRef,
      edge: 'stop',
      atMs: look.billedToMs,
      providerId: volume.providerId,
      zone: volume.zone,
      nanosPerHour: volume.nanosPerHour,
      currency: volume.nanosPerHour === null ? null : volume.currency,
      correlationId: volume.correlationId,
    });
    const proof = look.state === 'gone' ? 'told_by_provider' : 'absent_for_window';
    const action = actionOf(run);
    const metadata = { ...action.metadata, proof };
    await logAction(env, tx, volume, {
      ...action,
      code: 'PROVIDER_VOLUME_GONE',
      status: 'succeeded',
      metadata,
    });
    const subject = subjectOfVolume(volume);
    await closeSweepAlert(env, tx, { code: 'SWEEP_STUCK', subject });
    await announce(tx, volume, volume.instanceId);
  });
  return { done: true };
}

async function failed(run: Run, message: string): Promise<JobOutcome> {
  const { volume } = run;
  await apply(run, 'failure', (tx) =>
    logRepeated(run.deps.env, tx, volume, {
      ...actionOf(run),
      code: 'PROVIDER_DELETE_VOLUME',
      status: 'failed',
      metadata: { volume_ref: volume.providerRef, message: message.slice(0, 500) },
    }),
  );
  if (volume.deleteAskedAtMs !== null) await tellStuck(run);
  return { againInMs: 10 * pollMs(run) };
}

async function tellStuck(run: Run): Promise<void> {
  const { volume } = run;
  const lastsMs = volume.nowMs - (volume.deleteAskedAtMs ?? volume.nowMs);
  if (lastsMs < figure(run, 'ALARM_AFTER_MS')) return;
  await apply(run, 'alarm', (tx) =>
    raiseSweepAlert(run.deps.env, tx, {
      code: 'SWEEP_STUCK',
      subject: subjectOfVolume(volume),
      message: `The volume ${volume.id} does not go away. It costs until it does; look at the provider's console.`,
      orgId: volume.orgId,
      instanceId: volume.instanceId,
      correlationId: volume.correlationId,
      details: { lasts_ms: Math.round(lastsMs) },
    }),
  );
}

function actionOf({ volume }: Run) {
  return {
    instanceId: volume.instanceId,
    component: RELEASE_VOLUME,
    metadata: { volume_ref: volume.providerRef },
    correlationId: volume.correlationId,
  };
}

function subjectOfVolume({ zone, providerRef }: OwnVolume): string {
  return `volume ${zone} ${providerRef}`;
}

function pollMs(run: Run): number {
  return figure(run, 'PROVIDER_POLL_MS');
}
