/**
 * Lets the agent of one machine in: its bootstrap token is used up, and it gets a token of its own.
 *
 * Of many registrations with one bootstrap token exactly one wins. A registration whose answer was lost is repeated
 * with the same nonce and gets the same answer: all tokens derive from the keys, the instance, the epoch and the
 * nonce, so none is stored. Registration, its step and the work that follows commit together.
 */
import { recordMeasuredGpus } from '#catalog/commands/record-measured-gpus.ts';
import { fitOfModel } from '#catalog/fit.ts';
import { listFlavourLayers } from '#catalog/flavours/queries.ts';
import type { Settings } from '#config/settings.ts';
import type { GpuShape } from '#contracts/model-fit.ts';
import type { WorkerReach } from '#contracts/tunnel.ts';
import {
  ENGINE_KINDS,
  type FlavourOrder,
  flavourOrderSchema,
  type RegisterRequest,
  type RegisterResponse,
} from '#contracts/worker.ts';
import { notify } from '#database/channels.ts';
import type { Database, Transaction } from '#database/database.ts';
import { isBehindAgent } from '#hosts/queries.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';
import { deriveToken, hashToken, parseToken, tokenIdOf } from '#kernel/token.ts';
import { BARE_METAL } from '#providers/host-book.ts';
import { hasFlavours } from '../engine-flavour.ts';
import { wakeReconciler } from '../jobs/wake-reconciler.ts';
import { logAction, logRepeated } from '../store/action-log.ts';
import { announce, completeSteps } from '../store/instances.ts';
import { consumeBootstrap, type Enrolment, findEnrolment } from '../store/workers.ts';
import { controlTokenOf, dataTokenOf } from '../worker-tokens.ts';

export interface RegistrationDeps {
  readonly env: Env;
  readonly db: Database;
  readonly keys: { readonly control: Secret; readonly dataPlane: Secret };
  readonly settings: Settings;
}

/** @throws worker.bad_token */
export async function registerWorker(
  deps: RegistrationDeps,
  request: RegisterRequest,
  remoteAddress = '',
): Promise<RegisterResponse> {
  // Garbage is dropped before the database is asked.
  if (parseToken(request.bootstrap_token)?.type !== 'boot') throw new AppError('worker.bad_token');
  const bootstrapHash = hashToken(request.bootstrap_token);
  const nonceHash = hashToken(request.nonce);
  const response = await deps.db.transaction((tx) => enrol(deps, tx, request, { bootstrapHash, nonceHash }));
  if (response) return response;
  // On its own: the refusal must not take the alarm back with it.
  await deps.db.transaction((tx) => alarmReuse(deps.env, tx, { bootstrapHash, nonceHash, remoteAddress }));
  throw new AppError('worker.bad_token');
}

/** Undefined when the token is unknown, expired, revoked, or used by somebody else. */
async function enrol(
  deps: RegistrationDeps,
  tx: Transaction,
  request: RegisterRequest,
  { bootstrapHash, nonceHash }: { readonly bootstrapHash: string; readonly nonceHash: string },
): Promise<RegisterResponse | undefined> {
  const enrolment = await findEnrolment(tx, bootstrapHash);
  if (!enrolment) return undefined;
  // A second user is turned away before anything is locked for it.
  if (enrolment.isUsed && enrolment.nonceHash !== nonceHash) return undefined;
  await wakeReconciler(tx, enrolment, enrolment.instanceId, enrolment.correlationId);
  const epoch = enrolment.isUsed ? enrolment.epoch : enrolment.epoch + 1;
  const token = workerTokenOf(deps, enrolment, epoch, request.nonce);
  const flavours = enrolment.isUsed ? enrolment.flavours : await flavoursFor(deps, tx, enrolment);
  const outcome = await consumeBootstrap(tx, enrolment, {
    bootstrapHash,
    nonceHash,
    epoch,
    tokenHash: hashToken(token.reveal()),
    request,
    reach: await reachOf(deps, tx, enrolment),
    flavours,
  });
  if (outcome === 'refused') return undefined;
  if (outcome === 'registered') {
    await recordRegistration(deps.env, tx, enrolment, epoch, request);
    await recordMeasuredGpus(tx, enrolment, request.machine.gpus);
  }
  return composeResponse(deps, enrolment, {
    ...{ epoch, token, flavours },
    machine: machineOf(enrolment, request),
  });
}

/** What was told once holds for the life of the registration: a repeated one is answered alike. */
async function flavoursFor(
  { settings }: RegistrationDeps,
  tx: Transaction,
  { engine, providerId, machine, typeFlavour }: Enrolment,
): Promise<FlavourOrder | null> {
  if (!hasFlavours(engine)) return null;
  const layers = await listFlavourLayers(tx, settings, { providerId, typeCode: machine.code, typeFlavour });
  return flavourOrderSchema.parse({ gpu_kind: machine.gpuKind, layers });
}

/** A machine that nobody can dial serves through a tunnel, whatever the setting says. */
async function reachOf(deps: RegistrationDeps, tx: Transaction, enrolment: Enrolment): Promise<WorkerReach> {
  if (deps.settings.get('WORKER_REACH', enrolment.providerId) === 'tunnel') return 'tunnel';
  const isOwn = enrolment.providerId === BARE_METAL;
  return isOwn && (await isBehindAgent(tx, enrolment.instanceId)) ? 'tunnel' : 'auto';
}

/** Whoever comes with a used token has read it somewhere: the user data of a machine is not always secret. */
async function alarmReuse(
  env: Env,
  tx: Transaction,
  use: { readonly bootstrapHash: string; readonly nonceHash: string; readonly remoteAddress: string },
): Promise<void> {
  const enrolment = await findEnrolment(tx, use.bootstrapHash);
  if (!enrolment?.isUsed || enrolment.nonceHash === use.nonceHash) return;
  await logRepeated(env, tx, enrolment, {
    instanceId: enrolment.instanceId,
    component: 'worker',
    code: 'WORKER_BOOTSTRAP_REUSED',
    status: 'failed',
    errorCode: 'worker.bad_token',
    metadata: { epoch: enrolment.epoch, address: use.remoteAddress },
    correlationId: enrolment.correlationId,
  });
  env.log.error(
    { instance_id: enrolment.instanceId, address: use.remoteAddress },
    'a bootstrap token that was used already was presented again and refused',
  );
}

function workerTokenOf(deps: RegistrationDeps, enrolment: Enrolment, epoch: number, nonce: string): Secret {
  return deriveToken(deps.keys.control, 'wkr', tokenIdOf(enrolment.instanceId), `${epoch}:${nonce}`);
}

async function recordRegistration(
  env: Env,
  tx: Transaction,
  enrolment: Enrolment,
  epoch: number,
  request: RegisterRequest,
): Promise<void> {
  await completeSteps(tx, enrolment, enrolment.instanceId, ['worker_installed']);
  await logAction(env, tx, enrolment, {
    instanceId: enrolment.instanceId,
    component: 'worker',
    code: 'WORKER_REGISTERED',
    status: 'succeeded',
    metadata: { epoch, version: request.agent.version, sha256: request.agent.sha256, ...gpusOf(request) },
    correlationId: enrolment.correlationId,
  });
  await announce(tx, enrolment, enrolment.instanceId);
  await notify(tx, 'routing', enrolment.instanceId);
}

function gpusOf(request: RegisterRequest): Record<string, unknown> {
  return { gpus: request.machine.gpus.map((gpu) => gpu.name), hostname: request.machine.hostname };
}

/** The GPUs that the machine really has; as it was ordered where it tells none. */
function machineOf({ machine }: Enrolment, request: RegisterRequest): GpuShape {
  const { gpus } = request.machine;
  const [first] = gpus;
  // Without a GPU the model lives in the machine's own memory, and the machine knows best how much it has.
  if (!first) return { ...machine, memoryBytes: request.machine.memory_bytes };
  const capabilities = gpus.map((gpu) => Number.parseFloat(gpu.compute_capability ?? ''));
  return {
    code: machine.code,
    gpuCount: gpus.length,
    gpuKind: first.name,
    vramBytesPerGpu: Math.min(...gpus.map((gpu) => gpu.memory_bytes)),
    ...(capabilities.some(Number.isNaN) ? {} : { computeCapability: Math.min(...capabilities) }),
  };
}

function composeResponse(
  deps: RegistrationDeps,
  enrolment: Enrolment,
  {
    epoch,
    token,
    machine,
    flavours,
  }: {
    readonly epoch: number;
    readonly token: Secret;
    readonly machine: GpuShape;
    readonly flavours: FlavourOrder | null;
  },
): RegisterResponse {
  const { instanceId } = enrolment;
  // What does not fit is tried as it was meant: the engine has the last word, and says why.
  const fit = fitOfModel({ ...enrolment, name: enrolment.hfId }, machine);
  return {
    instance_id: instanceId,
    epoch,
    worker_token: token.reveal(),
    heartbeat_interval_ms: deps.settings.get('HEARTBEAT_INTERVAL_MS'),
    dead_man_ms: deps.settings.get('WORKER_DEAD_MAN_MS', enrolment.providerId),
    data_token_sha256: hashToken(dataTokenOf(deps.keys.dataPlane, instanceId, epoch).reveal()),
    control_token_sha256: hashToken(controlTokenOf(deps.keys.control, instanceId, epoch).reveal()),
    engine: {
      kind: ENGINE_KINDS.find((kind) => kind === enrolment.engine) ?? 'vllm',
      args: [...fit.engine_args, ...enrolment.engineArgs],
      ...(flavours === null ? {} : { flavours }),
    },
    model: {
      hf_id: enrolment.hfId,
      served_name: enrolment.hfId,
      weights_bytes: enrolment.weightsBytes,
      context_length: fit.fits ? fit.context_length : enrolment.contextLength,
      ...(enrolment.gguf === null ? {} : { gguf: enrolment.gguf }),
    },
  };
}
