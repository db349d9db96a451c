import * as z from 'zod';
import { activationSchema, activationSideSchema, resourceKindSchema } from './activation.ts';
import { instanceEngineSchema } from './flavours.ts';

/** Life of a machine, from request to archive. Edges live in `instances/instance-machine.ts`. */
export const INSTANCE_STATES = [
  'provisioning',
  'booting',
  'installing',
  'starting',
  'ready',
  'draining',
  'terminating',
  'terminated',
  'archived',
  'provisioning_failed',
  'startup_failed',
  'worker_dead',
  'unavailable',
  'failed',
] as const;
export const instanceStateSchema = z.enum(INSTANCE_STATES);
export type InstanceState = z.infer<typeof instanceStateSchema>;

/** Steps of a start in order, with the percentage reached when the step is complete. */
export const PROGRESS_STEPS = {
  request_created: 5,
  server_created: 20,
  volume_resized: 25,
  started: 30,
  address_known: 40,
  security_group: 45,
  worker_installed: 50,
  engine_http: 60,
  model_loaded: 75,
  warmed_up: 90,
  health_confirmed: 95,
  ready: 100,
} as const;
export const PROGRESS_STEP_NAMES = Object.keys(PROGRESS_STEPS) as [ProgressStep, ...ProgressStep[]];
export type ProgressStep = keyof typeof PROGRESS_STEPS;
export const progressStepSchema = z.enum(PROGRESS_STEP_NAMES);

export const instanceStepSchema = z.object({
  step: progressStepSchema,
  percent: z.int(),
  completed_at: z.iso.datetime().nullable(),
  /** Milliseconds since the previous completed step; null while open. */
  duration_ms: z.int().nullable(),
  /** Median of earlier starts of the same instance type; null when there is none. */
  expected_ms: z.int().nullable(),
  stalled: z.boolean(),
});

export const instanceSchema = z.object({
  id: z.string(),
  org_id: z.string(),
  deployment_id: z.string().nullable(),
  name: z.string(),
  state: instanceStateSchema,
  state_reason: z.string().nullable(),
  /** Asked to take no requests, until it is resumed. */
  is_drained: z.boolean(),
  /** 0-100, computed from completed steps, never going back. */
  progress: z.int().min(0).max(100),
  model_bytes_loaded: z.number().nullable(),
  model_bytes_total: z.number().nullable(),
  provider: z.string(),
  /** The organisation's account there; null: the installation's own. */
  account_id: z.string().nullable(),
  zone: z.string(),
  instance_type: z.string(),
  gpu_count: z.int(),
  gpu_kind: z.string(),
  model_id: z.string(),
  model: z.string(),
  address: z.string().nullable(),
  /** Null when the price is unknown. */
  price_micros_per_hour: z.int().nullable(),
  cost_micros: z.int(),
  worker_version: z.string().nullable(),
  worker_sha256: z.string().nullable(),
  /** Whether its agent is another build than new machines get; null while either is unknown. */
  worker_outdated: z.boolean().nullable(),
  worker_last_seen_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  ready_at: z.iso.datetime().nullable(),
  terminated_at: z.iso.datetime().nullable(),
  /** Its own. Until both sides are given nothing is ordered at the provider, and it serves nobody. */
  activation: activationSchema,
  /** What of it, its model and its provider lacks an activation; empty when nothing does. */
  waits_for: z.array(
    z.object({
      resource_kind: resourceKindSchema,
      resource_id: z.string(),
      missing: z.array(activationSideSchema),
    }),
  ),
});
export type InstanceView = z.infer<typeof instanceSchema>;

export const instanceHistoryEntrySchema = z.object({
  version: z.int(),
  from: instanceStateSchema.nullable(),
  to: instanceStateSchema,
  reason: z.string(),
  actor: z.string(),
  correlation_id: z.string(),
  at: z.iso.datetime(),
});

export const instanceVolumeSchema = z.object({
  id: z.string(),
  provider_ref: z.string(),
  kind: z.string(),
  size_bytes: z.number(),
  is_boot: z.boolean(),
  delete_on_terminate: z.boolean(),
  /** In euros; null when unknown. */
  price_micros_per_hour: z.int().nullable(),
  /** A kept volume of an instance that has ended, which this one was made with. */
  is_given: z.boolean(),
  created_at: z.iso.datetime(),
  /** When a person asked to delete it. */
  delete_asked_at: z.iso.datetime().nullable(),
  deleted_at: z.iso.datetime().nullable(),
});

/** One of the machines that the order may be served with, in the order in which they are tried. */
export const instanceOfferSchema = z.object({
  position: z.int(),
  zone: z.string(),
  instance_type_id: z.string(),
  instance_type: z.string(),
  price_micros_per_hour: z.int().nullable(),
  is_current: z.boolean(),
  /** Why it was left: the provider's kind of refusal; null when it was not. */
  refusal_kind: z.string().nullable(),
  refusal_message: z.string().nullable(),
  refused_at: z.iso.datetime().nullable(),
});
export type InstanceOffer = z.infer<typeof instanceOfferSchema>;

export const actionLogEntrySchema = z.object({
  id: z.string(),
  instance_id: z.string().nullable(),
  component: z.string(),
  code: z.string(),
  status: z.enum(['started', 'succeeded', 'failed']),
  duration_ms: z.int().nullable(),
  error_code: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  correlation_id: z.string(),
  at: z.iso.datetime(),
});

export const ACTION_SORTS = ['at', 'duration_ms'] as const;
export type ActionSort = (typeof ACTION_SORTS)[number];

export const INSTANCE_SORTS = ['created_at', 'name', 'state', 'price'] as const;
export type InstanceSort = (typeof INSTANCE_SORTS)[number];

/** Ways to install a worker anew, in the order in which they are tried. */
export const REINSTALL_PATHS = ['agent_order', 'user_data', 'ssh', 'replacement'] as const;
export type ReinstallPath = (typeof REINSTALL_PATHS)[number];

/** Why a way was left for the next one. */
export const REINSTALL_LEFT_FOR = [
  'agent_unknown',
  'agent_unreachable',
  'agent_refused',
  'agent_failed',
  'provider_refused',
  'not_registered_in_time',
] as const;
export type ReinstallLeftFor = (typeof REINSTALL_LEFT_FOR)[number];

export const instanceReinstallSchema = z.object({
  id: z.string(),
  is_automatic: z.boolean(),
  path: z.enum(REINSTALL_PATHS),
  path_began_at: z.iso.datetime(),
  /** Why the way before this one was left; null on the first. */
  path_reason: z.string().nullable(),
  outcome: z.enum(['installed', 'replaced', 'failed', 'cancelled']).nullable(),
  /** The instance that was ordered instead. */
  replaced_by: z.string().nullable(),
  created_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});

export const instanceDetailSchema = instanceSchema.extend({
  /** The provider's own id of the machine; null before there is one. */
  server_ref: z.string().nullable(),
  steps: z.array(instanceStepSchema),
  history: z.array(instanceHistoryEntrySchema),
  volumes: z.array(instanceVolumeSchema),
  /** The newest installation anew; null when there was none. */
  reinstall: instanceReinstallSchema.nullable(),
  offers: z.array(instanceOfferSchema),
  /** With what its engine is run; null for engines without flavours. */
  engine: instanceEngineSchema.nullable(),
});
export type InstanceDetail = z.infer<typeof instanceDetailSchema>;

export const gpuSampleSchema = z.object({
  index: z.int(),
  name: z.string(),
  utilisation: z.number().min(0).max(100),
  memory_used_bytes: z.number(),
  memory_total_bytes: z.number(),
  temperature_c: z.number(),
  power_w: z.number(),
});

/** Figures of a machine in one step of time: averages, null where nothing was told. */
export const instanceSampleSchema = z.object({
  /** Where the step begins. */
  at: z.iso.datetime(),
  /** Of the newest heartbeat in the step. */
  last_at: z.iso.datetime().nullable(),
  /** Heartbeats that the figures are made of. */
  beats: z.int(),
  cpu_ratio: z.number().nullable(),
  memory_used_bytes: z.number().nullable(),
  memory_total_bytes: z.number().nullable(),
  disk_used_bytes: z.number().nullable(),
  disk_total_bytes: z.number().nullable(),
  /** Counters of the machine at the end of the step. */
  network_rx_bytes: z.number().nullable(),
  network_tx_bytes: z.number().nullable(),
  requests_running: z.number().nullable(),
  requests_waiting: z.number().nullable(),
  tokens_per_second: z.number().nullable(),
  kv_cache_ratio: z.number().nullable(),
  gpus: z.array(gpuSampleSchema),
  /** The highest of each figure in the step. */
  max: z.object({
    cpu_ratio: z.number().nullable(),
    memory_used_bytes: z.number().nullable(),
    requests_running: z.number().nullable(),
    requests_waiting: z.number().nullable(),
    tokens_per_second: z.number().nullable(),
    kv_cache_ratio: z.number().nullable(),
    gpus: z.array(gpuSampleSchema),
  }),
  /** Requests that began in the step and their tokens, as the ledger has them; null where it is not known. */
  usage: z.object({ requests: z.int(), prompt_tokens: z.int(), completion_tokens: z.int() }).nullable(),
});

export const instanceMetricsSchema = z.object({
  data: z.array(instanceSampleSchema),
  /** The step that was used: at least the one asked for, and not finer than what is kept. */
  step_seconds: z.number(),
  resolution: z.enum(['finest', '5m', '1h']),
});

/** An agent that registered. It is outdated when it is another build than new machines would get. */
export const workerSchema = z.object({
  instance_id: z.string(),
  instance: z.string(),
  state: instanceStateSchema,
  status: z.string().nullable(),
  version: z.string().nullable(),
  sha256: z.string().nullable(),
  expected_version: z.string().nullable(),
  expected_sha256: z.string().nullable(),
  is_outdated: z.boolean(),
  /** Raised by each registration. */
  epoch: z.int(),
  is_revoked: z.boolean(),
  /** How gateways reach it: at its address, or through a tunnel that it opens. */
  reach: z.enum(['direct', 'tunnel']),
  registered_at: z.iso.datetime().nullable(),
  token_issued_at: z.iso.datetime().nullable(),
  last_seen_at: z.iso.datetime().nullable(),
});

export const WORKER_SORTS = ['instance_id', 'instance', 'last_seen_at'] as const;
export type WorkerSort = (typeof WORKER_SORTS)[number];

/** Why an instance is in its state, in a word that clients may translate. */
export const INSTANCE_REASONS = [
  'ordered',
  'server_created',
  'server_running',
  'worker_registered',
  'health_confirmed',
  'worker_returned',
  'termination_requested',
  'drained',
  'drain_deadline',
  'drain_unreachable',
  'nothing_left',
  'archive_requested',
  'unarchive_requested',
  'drain_requested',
  'resume_requested',
  'reinstall_requested',
  'reinstall_automatic',
  'retry_requested',
  // Refusals of the provider.
  'stock_out',
  'quota',
  'auth',
  'permission',
  'invalid',
  'unsupported',
  // Nothing was asked of the provider: the model cannot be served on the machine.
  'does_not_fit',
  'provider_unanswered',
  'provider_unknown',
  // Starts that failed.
  'server_never_ran',
  'server_error',
  'server_stopped',
  'worker_never_registered',
  'model_never_ready',
  'engine_failed',
  'reinstall_failed',
  // Machines that were ready.
  'worker_not_ready',
  'worker_silent',
  'server_gone',
] as const;
export const instanceReasonSchema = z.enum(INSTANCE_REASONS);
export type InstanceReason = z.infer<typeof instanceReasonSchema>;
