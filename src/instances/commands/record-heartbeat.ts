/**
 * Takes a worker's word on itself: facts only, never a decision.
 *
 * One transaction: the facts, the steps they complete, the event and the work that follows commit together. Beats of
 * an older worker or an older moment change nothing. Beats that tell nothing new do not come here (heartbeats/).
 */
import type { ProgressStep } from '#contracts/instances.ts';
import type { HeartbeatRequest, HeartbeatResponse, WorkerStatus } from '#contracts/worker.ts';
import { notify } from '#database/channels.ts';
import type { Database, Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { hasMoved } from '../heartbeats/moved.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { type ActionCode, logAction } from '../store/action-log.ts';
import { announce, askForLook, completeSteps, raiseModelBytes } from '../store/instances.ts';
import {
  findCondition,
  type KnownCondition,
  updateCondition,
  type WorkerIdentity,
} from '../store/workers.ts';

export interface HeartbeatDeps {
  readonly env: Env;
  readonly db: Database;
  /** A beat after a longer silence than this puts the worker back into routing. */
  readonly workerSilentMs: number;
}

export type HeartbeatOutcome = Pick<HeartbeatResponse, 'desired'>;

/** @throws worker.wrong_instance, worker.superseded, worker.revoked */
export async function recordHeartbeat(
  deps: HeartbeatDeps,
  worker: WorkerIdentity,
  beat: HeartbeatRequest,
  from?: string,
): Promise<HeartbeatOutcome> {
  if (beat.instance_id !== worker.instanceId) throw new AppError('worker.wrong_instance');
  if (beat.epoch !== worker.epoch) throw new AppError('worker.superseded');
  return deps.db.transaction((tx) => recordChange(deps, tx, worker, beat, from));
}

async function recordChange(
  deps: HeartbeatDeps,
  tx: Transaction,
  worker: WorkerIdentity,
  beat: HeartbeatRequest,
  from: string | undefined,
): Promise<HeartbeatOutcome> {
  const known = await requireCondition(deps, tx, worker);
  const answer: HeartbeatOutcome = { desired: wantsDrain(known) ? 'drain' : 'serve' };
  // A beat that was overtaken on its way tells nothing any more.
  if (beat.seq <= known.lastSeq) return answer;
  const isMoved = hasMoved(known, from);
  const isNews = needsCare(known, beat) || isMoved;
  if (isNews) await wakeReconciler(tx, worker, worker.instanceId, known.correlationId);
  if (isMoved) await askForLook(tx, worker, worker.instanceId);
  // Before the worker's row, because of the order of locks; what a beat that comes too late adds is true as well.
  const hasMoreBytes = await recordBytes(tx, worker, beat);
  if ((await updateCondition(tx, worker, beat, from)) === undefined) {
    // A newer beat came first, or the worker was shut out while this one waited for its row.
    await requireCondition(deps, tx, worker);
    return answer;
  }
  await recordProgress(deps.env, tx, worker, { known, beat, hasMoreBytes });
  if (isNews || known.wasSilent) await notify(tx, 'routing', worker.instanceId);
  return answer;
}

/** @throws worker.superseded, worker.revoked */
async function requireCondition(
  deps: HeartbeatDeps,
  tx: Transaction,
  worker: WorkerIdentity,
): Promise<KnownCondition> {
  const known = await findCondition(tx, worker, deps.workerSilentMs);
  if (!known) throw new AppError('worker.revoked');
  if (known.epoch !== worker.epoch) throw new AppError('worker.superseded');
  return known;
}

function wantsDrain(known: KnownCondition): boolean {
  return known.wanted === 'terminated' || known.state === 'draining';
}

/** What the reconciler may want to act on. */
function needsCare(known: KnownCondition, beat: HeartbeatRequest): boolean {
  return (
    known.status !== beat.status ||
    known.engineHttp !== beat.engine_http ||
    known.errorCode !== (beat.error?.code ?? null) ||
    known.engineRestarts !== beat.engine_restarts ||
    (known.inFlight > 0 && beat.in_flight === 0 && wantsDrain(known)) ||
    (known.wasSilent && known.state !== 'ready')
  );
}

async function recordBytes(
  tx: Transaction,
  worker: WorkerIdentity,
  beat: HeartbeatRequest,
): Promise<boolean> {
  const bytes = { loaded: beat.model_bytes_loaded, total: beat.model_bytes_total };
  return bytes.loaded !== null && raiseModelBytes(tx, worker, worker.instanceId, wholeBytes(bytes));
}

interface Change {
  readonly known: KnownCondition;
  readonly beat: HeartbeatRequest;
  readonly hasMoreBytes: boolean;
}

async function recordProgress(
  env: Env,
  tx: Transaction,
  worker: WorkerIdentity,
  { known, beat, hasMoreBytes }: Change,
): Promise<void> {
  const steps = await completeSteps(tx, worker, worker.instanceId, stepsOf(beat));
  const failed = beat.error !== null && beat.error.code !== known.errorCode;
  for (const step of steps) await logWorkerAction(env, tx, worker, known, STEP_ACTIONS[step], beat);
  if (failed) await logWorkerAction(env, tx, worker, known, 'WORKER_ENGINE_FAILED', beat);
  if (beat.engine_restarts > known.engineRestarts) {
    await logWorkerAction(env, tx, worker, known, 'WORKER_ENGINE_RESTARTED', beat);
  }
  if (hasMoreBytes || steps.length > 0 || known.status !== beat.status) {
    await announce(tx, worker, worker.instanceId);
  }
}

function wholeBytes(bytes: { loaded: number | null; total: number | null }) {
  const whole = (value: number | null) => (value === null ? null : Math.max(0, Math.floor(value)));
  return { loaded: whole(bytes.loaded), total: whole(bytes.total) };
}

const PAST_LOADING: readonly WorkerStatus[] = ['warming', 'ready'];

/** Steps that a worker in this condition has behind it; each counts at its first telling. */
function stepsOf(beat: HeartbeatRequest): ProgressStep[] {
  const steps: ProgressStep[] = ['worker_installed'];
  if (beat.engine_http) steps.push('engine_http');
  if (PAST_LOADING.includes(beat.status)) steps.push('engine_http', 'model_loaded');
  if (beat.status === 'ready') steps.push('warmed_up');
  return [...new Set(steps)];
}

const STEP_ACTIONS: Partial<Record<ProgressStep, ActionCode>> = {
  engine_http: 'WORKER_ENGINE_HTTP',
  model_loaded: 'WORKER_MODEL_LOADED',
  warmed_up: 'WORKER_WARMED_UP',
};

async function logWorkerAction(
  env: Env,
  tx: Transaction,
  worker: WorkerIdentity,
  known: KnownCondition,
  code: ActionCode | undefined,
  beat: HeartbeatRequest,
): Promise<void> {
  if (!code) return;
  const hasFailed = code === 'WORKER_ENGINE_FAILED' || code === 'WORKER_ENGINE_RESTARTED';
  await logAction(env, tx, worker, {
    instanceId: worker.instanceId,
    component: 'worker',
    code,
    status: hasFailed ? 'failed' : 'succeeded',
    errorCode: beat.error?.code,
    metadata: beat.error ? { message: beat.error.message } : {},
    correlationId: known.correlationId,
  });
}
