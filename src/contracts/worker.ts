import * as z from 'zod';
import { FLAVOUR_ORIGINS } from './flavour-choice.ts';
import { GPU_FAMILIES, GPU_VENDORS } from './gpu-families.ts';
import { gpuSampleSchema } from './instances.ts';

/** What the agent says of itself: the version built in, and the SHA-256 of the file it runs from. */
export const agentInfoSchema = z.object({
  version: z.string().max(64),
  build_date: z.string().max(64),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type AgentInfo = z.infer<typeof agentInfoSchema>;

/** `llama-cpp` serves GGUF files on the machine's processors; `simulated` is the pretended engine of the mock cloud. */
export const ENGINE_KINDS = ['vllm', 'llama-cpp', 'simulated'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

const flavourRecordSchema = z.object({
  gpu_vendor: z.enum(GPU_VENDORS),
  gpu_family: z.enum(GPU_FAMILIES).nullable(),
  provider_id: z.string().nullable(),
  image: z.string().nullable(),
  args: z.array(z.string()).nullable(),
  environment: z.record(z.string(), z.string()).nullable(),
  mounts: z.array(z.object({ source: z.string(), target: z.string(), read_only: z.boolean() })).nullable(),
  devices: z.array(z.string()).nullable(),
  network: z.string().nullable(),
});

/** The agent chooses by the GPUs that it finds; by `gpu_kind` where it finds none. */
export const flavourOrderSchema = z.object({
  gpu_kind: z.string(),
  layers: z.array(
    z.object({ origin: z.enum(FLAVOUR_ORIGINS), flavour: z.string(), records: z.array(flavourRecordSchema) }),
  ),
});
export type FlavourOrder = z.infer<typeof flavourOrderSchema>;

export const engineOrderSchema = z.object({
  kind: z.enum(ENGINE_KINDS),
  args: z.array(z.string()),
  /** Absent for engines without flavours; older agents know none and run what they always ran. */
  flavours: flavourOrderSchema.optional(),
});

/** POST /internal/worker/register: the bootstrap token is used once; the same nonce gets the same answer again. */
export const registerRequestSchema = z.object({
  bootstrap_token: z.string().max(200),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  agent: agentInfoSchema,
  machine: z.object({
    hostname: z.string().max(255),
    cpus: z.int().nonnegative(),
    memory_bytes: z.number().nonnegative(),
    gpus: z.array(
      z.object({
        index: z.int(),
        name: z.string().max(100),
        memory_bytes: z.number(),
        compute_capability: z.string().max(10).nullable(),
      }),
    ),
  }),
});
export type RegisterRequest = z.infer<typeof registerRequestSchema>;

export const registerResponseSchema = z.object({
  instance_id: z.string(),
  /** Raised by each registration; a worker with an older one is refused. */
  epoch: z.int(),
  worker_token: z.string(),
  heartbeat_interval_ms: z.int().positive(),
  /** See the heartbeat's answer. */
  dead_man_ms: z.int().nonnegative(),
  /** The gateway presents a token with this SHA-256 on the data port. */
  data_token_sha256: z.string(),
  /** The orchestrator presents a token with this SHA-256 on the agent port. */
  control_token_sha256: z.string(),
  engine: engineOrderSchema,
  model: z.object({
    hf_id: z.string(),
    /** Name under which the engine serves it. */
    served_name: z.string(),
    weights_bytes: z.number(),
    context_length: z.int(),
    /** The file that is the model, for the engine that serves such files; absent or null for all others. */
    gguf: z.object({ source: z.string(), sha256: z.string().nullable() }).nullable().optional(),
  }),
});
export type RegisterResponse = z.infer<typeof registerResponseSchema>;

/** In order of a start; `failed` and `stopped` end it. */
export const WORKER_STATUSES = [
  'installed',
  'pulling',
  'loading',
  'warming',
  'ready',
  'draining',
  'failed',
  'stopped',
] as const;
export const workerStatusSchema = z.enum(WORKER_STATUSES);
export type WorkerStatus = z.infer<typeof workerStatusSchema>;

const sample = z.number().nullable();

/**
 * POST /internal/worker/heartbeat with `Authorization: Bearer <worker token>`: every 4 s, and at once when
 * `status`, a milestone or the error changes. Body at most 64 KiB.
 */
export const heartbeatRequestSchema = z.object({
  instance_id: z.string(),
  epoch: z.int(),
  /** Raised by each beat of this epoch; an older one is ignored. */
  seq: z.int().nonnegative(),
  status: workerStatusSchema,
  /** True from the moment the engine's HTTP server first answered in this engine run. */
  engine_http: z.boolean(),
  model: z.string().nullable(),
  model_bytes_loaded: sample,
  model_bytes_total: sample,
  /** Why the engine failed; null otherwise. */
  error: z.object({ code: z.string().max(64), message: z.string().max(2000) }).nullable(),
  engine_restarts: z.int().nonnegative().max(1_000_000_000),
  /** Requests that the data port has open now. */
  in_flight: z.int().nonnegative().max(1_000_000),
  agent: agentInfoSchema,
  sample: z.object({
    cpu_ratio: sample,
    memory_used_bytes: sample,
    memory_total_bytes: sample,
    disk_used_bytes: sample,
    disk_total_bytes: sample,
    network_rx_bytes: sample,
    network_tx_bytes: sample,
    requests_running: sample,
    requests_waiting: sample,
    tokens_per_second: sample,
    kv_cache_ratio: sample,
    /** Size of the KV cache; agents that do not tell it yet leave it out. */
    kv_cache_tokens: sample.optional(),
    gpus: z.array(gpuSampleSchema).max(64),
  }),
});
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>;

/** What should be, told again with every answer; the agent makes it so. */
export const heartbeatResponseSchema = z.object({
  desired: z.enum(['serve', 'drain']),
  heartbeat_interval_ms: z.int().positive(),
  /** A worker that reaches no control plane for so long and serves nothing powers its machine off; 0 never. */
  dead_man_ms: z.int().nonnegative(),
  /** The token of the next beats, to be kept before it is used; the present one works until then. */
  next_token: z.string().nullable(),
  /** Gateways to dial, and how many sockets to open to each; null where the worker is reached directly. */
  tunnels: z
    .object({
      ends: z.array(z.object({ id: z.string(), url: z.string() })),
      sockets_each: z.int().positive(),
    })
    .nullable(),
});
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>;

/** GET /info on the agent port. */
export const workerInfoSchema = agentInfoSchema.extend({
  instance_id: z.string(),
  epoch: z.int().nullable(),
  status: workerStatusSchema,
  in_flight: z.int(),
  model: z.string().nullable(),
  engine_version: z.string().nullable(),
  started_at: z.iso.datetime(),
});

/**
 * GET /internal/usage/{request_id} on the data port (data token): what the engine produced for a request,
 * read from its continuous usage. Kept until POST /internal/usage/ack {request_ids} or 1 h, at most 100,000.
 */
export const requestTallySchema = z.object({
  request_id: z.string(),
  state: z.enum(['open', 'done', 'aborted', 'failed']),
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  cached_tokens: z.int().nonnegative(),
});
export type RequestTally = z.infer<typeof requestTallySchema>;
