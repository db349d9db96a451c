/**
 * Whether a model can be served on a machine, how, and why not: one answer for the api, the dashboard, the command
 * line, the order of a machine and the engine's own arguments. It follows vLLM's account of its memory: what is left
 * of the share that the engine may take, after weights, its own overhead and activations, holds the attention's keys
 * and values. https://docs.vllm.ai (`CacheConfig`, `kv_cache_interface.py`)
 */
import * as z from 'zod';
import { findGpuKind, type GpuKind, gpuOfCapability, usableBytesOf } from './gpu-kinds.ts';
import type { ModelShape } from './model-shape.ts';
import { processorFit } from './processor-fit.ts';
import { longestContext, sequenceBytes } from './sequence-memory.ts';

/** The part of a model that decides which machine can hold it. */
export interface ModelSize {
  readonly name: string;
  readonly weightsBytes: number;
  /** Over all layers and GPUs; null when the shape of the attention is unknown. */
  readonly kvBytesPerToken: number | null;
  readonly contextLength: number;
  readonly shape: ModelShape | null;
  /** The file that is the model, for the engine on processors; null or absent for models that vLLM serves. */
  readonly gguf?: { readonly source: string } | null;
}

/** The part of a machine that decides what it can hold. */
export interface GpuShape {
  readonly code: string;
  readonly gpuCount: number;
  readonly gpuKind: string;
  readonly vramBytesPerGpu: number;
  /** Of the machine itself; matters where it has no GPU. */
  readonly memoryBytes?: number;
  /** As the driver tells it; from the name of the GPU when left out. */
  readonly computeCapability?: number | null;
}

/** What may be asked instead of the usual. */
export interface FitWish {
  /** Tokens of the longest request; what the model can take when left out. */
  readonly contextLength?: number | undefined;
  /** Requests of that length that must have room at the same time. */
  readonly sequences?: number | undefined;
  /** GPUs that share each layer; as many as the model can be divided over when left out. */
  readonly tensorParallel?: number | undefined;
  /** Share of each GPU's memory that the engine takes. */
  readonly memoryShare?: number | undefined;
  /** Of each GPU, where they were measured. */
  readonly overheadBytes?: number | undefined;
  readonly activationBytes?: number | undefined;
}

export const FIT_VERDICTS = ['fits', 'tight', 'no'] as const;
export const FIT_REASONS = [
  'gpu_unsupported',
  'gpu_unknown',
  'dtype_converted',
  'dtype_unsupported',
  'quantisation_unsupported',
  'quantisation_emulated',
  'heads_indivisible',
  'gpus_idle',
  'weights_too_large',
  'context_too_small',
  'context_cut',
  'sequences_too_many',
  'attention_unknown',
  'gpu_missing',
  'gpu_unused',
] as const;
export type FitReasonCode = (typeof FIT_REASONS)[number];

const bytes = z.number();
export const fitSchema = z.object({
  verdict: z
    .enum(FIT_VERDICTS)
    .describe(
      '`tight`: it can be served, but not with all that it could do; the reasons say what is missing',
    ),
  /** False exactly when the verdict is `no`. */
  fits: z.boolean(),
  explanation: z.string().describe('One or two sentences with the figures, for people'),
  reasons: z.array(
    z.object({
      code: z.enum(FIT_REASONS),
      weight: z.enum(['no', 'tight', 'note']),
      message: z.string(),
    }),
  ),
  tensor_parallel: z.int().describe('GPUs that share each layer'),
  vram_bytes_per_gpu: bytes,
  usable_bytes_per_gpu: bytes.describe('What the engine takes of it'),
  weights_bytes_per_gpu: bytes,
  overhead_bytes_per_gpu: bytes.describe('Driver context, communication and graphs'),
  activation_bytes_per_gpu: bytes.describe('Set aside for the computation itself'),
  kv_bytes_per_gpu: bytes.describe('What is left for keys and values of requests'),
  kv_tokens: z.int().nullable().describe('Tokens that have room at the same time; null when unknown'),
  sequences: z.number().nullable().describe('Requests of the full context that have room at the same time'),
  context_length: z.int().describe('Longest request that can be served; 0 when none'),
  model_context_length: z.int(),
  engine_args: z.array(z.string()).describe('What the engine is started with because of it'),
});
export type Fit = z.infer<typeof fitSchema>;
type Reason = Fit['reasons'][number];

const GIB = 1024 ** 3;
/** The engine's own default. */
const MEMORY_SHARE = 0.92;
const OVERHEAD_BYTES = GIB / 2;
/** Together with the overhead: 1.5 GiB, or 6 % of the GPU where that is more. */
const RESERVE_BYTES_MIN = 1.5 * GIB;
const RESERVE_SHARE = 0.06;
/** With less an engine is hardly of use. */
const CONTEXT_LENGTH_MIN = 8_192;

const DISK_SYSTEM_BYTES = 40e9;
/** Images with drivers, the container runtime and the engine need so much whatever the model is. */
const DISK_BYTES_MIN = 130e9;
const DISK_STEP_BYTES = 10e9;

/**
 * Disk for the operating system, the engine and the weights (twice: while they are fetched, and while another version
 * takes their place), in whole 10 GB steps. Every place that sizes a disk asks here.
 */
export function diskNeeded(model: { readonly weightsBytes: number }): number {
  const needed = Math.max(DISK_BYTES_MIN, DISK_SYSTEM_BYTES + model.weightsBytes * 2);
  return Math.ceil(needed / DISK_STEP_BYTES) * DISK_STEP_BYTES;
}

/** GPU memory for the weights and the least that serving needs beside them, on one GPU as large as it takes. */
export function vramNeeded(model: Omit<ModelSize, 'name'>): number {
  const context = Math.min(model.contextLength, CONTEXT_LENGTH_MIN);
  return Math.ceil(model.weightsBytes + sequenceBytes(model, 1, context));
}

/** Whether and how the machine serves the model. */
export function fitOf(model: ModelSize, listed: GpuShape, wish: FitWish = {}): Fit {
  if (model.gguf || listed.gpuCount === 0) return processorFit(model, listed, wish);
  const type = measured(listed);
  const reasons: Reason[] = [];
  const gpu = gpuOf(type);
  judgeGpu(reasons, type, gpu);
  const isConverted = judgeNumbers(reasons, model, type, gpu);
  const tensorParallel = divide(reasons, model, type, wish);
  const budget = budgetOf(model, type, wish, tensorParallel);
  const room = roomFor(reasons, { model, type, wish, tensorParallel, budget });
  const verdict = worstOf(reasons);
  return {
    verdict,
    fits: verdict !== 'no',
    explanation: explain(model, type, { verdict, reasons, budget, room, tensorParallel }),
    reasons,
    tensor_parallel: tensorParallel,
    vram_bytes_per_gpu: type.vramBytesPerGpu,
    usable_bytes_per_gpu: budget.usable,
    weights_bytes_per_gpu: budget.weights,
    overhead_bytes_per_gpu: budget.overhead,
    activation_bytes_per_gpu: budget.activation,
    kv_bytes_per_gpu: budget.kv,
    kv_tokens: room.tokens,
    sequences: room.sequences,
    context_length: verdict === 'no' ? 0 : room.context,
    model_context_length: model.contextLength,
    engine_args: engineArgsOf(tensorParallel, isConverted),
  };
}

/** What a driver told is right as it is. */
function measured(type: GpuShape): GpuShape {
  if (typeof type.computeCapability === 'number') return type;
  return { ...type, vramBytesPerGpu: usableBytesOf(type.gpuKind, type.vramBytesPerGpu) };
}

function gpuOf({ gpuKind, computeCapability }: GpuShape): GpuKind | undefined {
  return typeof computeCapability === 'number' ? gpuOfCapability(computeCapability) : findGpuKind(gpuKind);
}

function judgeGpu(reasons: Reason[], { gpuKind }: GpuShape, gpu: GpuKind | undefined): void {
  if (gpu === undefined) {
    const message = `${gpuKind} is not known here, so nobody vouches for it: the machine itself will tell.`;
    reasons.push({ code: 'gpu_unknown', weight: 'note', message });
  } else if (gpu.refusal !== null) {
    const message = `${gpuKind} cannot run the engine: ${gpu.refusal}.`;
    reasons.push({ code: 'gpu_unsupported', weight: 'no', message });
  }
}

/** Least compute capability, and the one from which it is computed natively. */
const QUANTISATION_NEEDS: Readonly<
  Record<NonNullable<ModelShape['quantisation']>, readonly [least: number, native: number]>
> = {
  fp8: [8.0, 8.9],
  int8: [7.5, 7.5],
  awq: [7.5, 7.5],
  gptq: [7.5, 7.5],
  int4: [8.0, 8.0],
  bitsandbytes_4bit: [7.5, 7.5],
  bitsandbytes_8bit: [7.5, 7.5],
  mxfp4: [8.0, 9.0],
  nvfp4: [8.0, 10.0],
};
const BFLOAT16_FROM = 8.0;
const FLOAT8_FROM = 8.0;
/** Their values leave the range of 16-bit floats; the engine refuses them. */
const NEVER_FLOAT16: readonly RegExp[] = [/^gemma[23]/, /^glm4/, /^plamo2/];

/** True when the engine must be told to compute in another type than the weights are published in. */
function judgeNumbers(
  reasons: Reason[],
  { name, shape }: ModelSize,
  { gpuKind }: GpuShape,
  gpu: GpuKind | undefined,
): boolean {
  const capability = gpu?.computeCapability;
  // A GPU that is refused altogether needs no further reasons.
  if (shape === null || typeof capability !== 'number' || gpu?.refusal !== null) return false;
  if (shape.quantisation !== null) {
    const [least, native] = QUANTISATION_NEEDS[shape.quantisation];
    const word = `${shape.quantisation} weights`;
    if (capability < least) {
      const message = `${gpuKind} (compute capability ${capability.toFixed(1)}) cannot compute with ${word}: they need ${least.toFixed(1)}.`;
      reasons.push({ code: 'quantisation_unsupported', weight: 'no', message });
    } else if (capability < native) {
      const message = `${gpuKind} unpacks ${word} before it computes with them, which is slower.`;
      reasons.push({ code: 'quantisation_emulated', weight: 'note', message });
    }
  }
  if (shape.dtype === 'float8' && shape.quantisation === null && capability < FLOAT8_FROM) {
    const message = `${gpuKind} (compute capability ${capability.toFixed(1)}) cannot compute with 8-bit floats.`;
    reasons.push({ code: 'dtype_unsupported', weight: 'no', message });
  }
  if (shape.dtype !== 'bfloat16' || capability >= BFLOAT16_FROM) return false;
  const isRefused = NEVER_FLOAT16.some((family) => family.test(shape.family ?? ''));
  reasons.push({
    code: isRefused ? 'dtype_unsupported' : 'dtype_converted',
    weight: isRefused ? 'no' : 'tight',
    message: isRefused
      ? `${gpuKind} has no bfloat16, and ${name} cannot be computed in float16.`
      : `${gpuKind} has no bfloat16: the engine computes in float16 instead, which may change answers slightly.`,
  });
  return !isRefused;
}

/** How many GPUs share each layer. The heads of the attention are divided evenly or not at all. */
function divide(reasons: Reason[], model: ModelSize, type: GpuShape, wish: FitWish): number {
  const count = Math.max(1, type.gpuCount);
  if (wish.tensorParallel !== undefined) {
    const wished = Math.max(1, wish.tensorParallel);
    if (wished > count || !isDivisible(model.shape, wished)) {
      const because = wished > count ? `it has ${count}` : `its attention has ${headsOf(model.shape)}`;
      const message = `${model.name} cannot be divided over ${wished} GPUs of ${type.code}: ${because}.`;
      reasons.push({ code: 'heads_indivisible', weight: 'no', message });
    }
    return Math.min(wished, count);
  }
  let divided = count;
  while (!isDivisible(model.shape, divided)) divided--;
  if (divided < count) {
    const message = `${model.name} has ${headsOf(model.shape)}, which ${count} GPUs cannot share evenly: it uses ${divided}, and ${count - divided} stay idle.`;
    reasons.push({ code: 'gpus_idle', weight: 'tight', message });
  }
  return divided;
}

function isDivisible(shape: ModelShape | null, parts: number): boolean {
  if (parts === 1 || shape === null || shape.attention_heads === 0) return true;
  if (shape.attention_heads % parts !== 0) return false;
  if (shape.latent_dim !== null || shape.kv_heads === 0) return true;
  return shape.kv_heads % parts === 0 || parts % shape.kv_heads === 0;
}

function headsOf(shape: ModelShape | null): string {
  return `${shape?.attention_heads ?? 0} heads and ${shape?.kv_heads ?? 0} for keys and values`;
}

/** Of each GPU. */
interface Budget {
  readonly usable: number;
  readonly weights: number;
  readonly overhead: number;
  readonly activation: number;
  readonly kv: number;
}

function budgetOf(model: ModelSize, type: GpuShape, wish: FitWish, tensorParallel: number): Budget {
  const usable = Math.floor(type.vramBytesPerGpu * (wish.memoryShare ?? MEMORY_SHARE));
  const weights = Math.ceil(model.weightsBytes / tensorParallel);
  const overhead = wish.overheadBytes ?? OVERHEAD_BYTES;
  const reserve = Math.max(RESERVE_BYTES_MIN, Math.ceil(type.vramBytesPerGpu * RESERVE_SHARE));
  const activation = wish.activationBytes ?? reserve - OVERHEAD_BYTES;
  return { usable, weights, overhead, activation, kv: Math.max(0, usable - weights - overhead - activation) };
}

/** What has room beside the weights. */
interface Room {
  readonly tokens: number | null;
  readonly sequences: number | null;
  /** Longest request. */
  readonly context: number;
}

interface Question {
  readonly model: ModelSize;
  readonly type: GpuShape;
  readonly wish: FitWish;
  readonly tensorParallel: number;
  readonly budget: Budget;
}

function roomFor(reasons: Reason[], { model, type, wish, tensorParallel, budget }: Question): Room {
  const missing = budget.weights + budget.overhead + budget.activation - budget.usable;
  if (missing > 0) {
    const message = `${inGib(missing)} too little for the weights on each GPU.`;
    reasons.push({ code: 'weights_too_large', weight: 'no', message });
    return { tokens: 0, sequences: 0, context: 0 };
  }
  if (model.kvBytesPerToken === null && model.shape === null) {
    const message = `What ${model.name} keeps of each token is unknown; a fifth of its weights was set aside for it.`;
    reasons.push({ code: 'attention_unknown', weight: 'tight', message });
  }
  const wanted = Math.min(wish.contextLength ?? model.contextLength, model.contextLength);
  const per = (tokens: number) => sequenceBytes(model, tensorParallel, tokens);
  const context = longestContext(per, wanted, budget.kv);
  const least = Math.min(wanted, CONTEXT_LENGTH_MIN);
  if (context < least) {
    const message = `${inGib(per(least) - budget.kv)} too little on each GPU for a request of ${least} tokens beside the weights.`;
    reasons.push({ code: 'context_too_small', weight: 'no', message });
    return { tokens: context, sequences: 0, context };
  }
  if (context < wanted) {
    const message = `Beside the weights there is room for ${context} of the ${wanted} tokens of its context: longer requests are refused.`;
    reasons.push({ code: 'context_cut', weight: 'tight', message });
  }
  // Models that keep nothing between tokens are limited by something else.
  if (per(context) === 0) return { tokens: null, sequences: null, context };
  const sequences = budget.kv / per(context);
  const asked = wish.sequences ?? 1;
  if (context === wanted && sequences < asked) {
    const message = `${type.code} has room for ${sequences.toFixed(1)} requests of ${context} tokens at the same time, fewer than the ${asked} asked for.`;
    reasons.push({ code: 'sequences_too_many', weight: 'tight', message });
  }
  const tokens =
    model.kvBytesPerToken === null && model.shape === null ? null : Math.floor(sequences * context);
  return { tokens, sequences: Math.round(sequences * 100) / 100, context };
}

function worstOf(reasons: readonly Reason[]): Fit['verdict'] {
  if (reasons.some(({ weight }) => weight === 'no')) return 'no';
  return reasons.some(({ weight }) => weight === 'tight') ? 'tight' : 'fits';
}

function engineArgsOf(tensorParallel: number, isConverted: boolean): string[] {
  return [
    ...(tensorParallel > 1 ? ['--tensor-parallel-size', String(tensorParallel)] : []),
    ...(isConverted ? ['--dtype', 'half'] : []),
  ];
}

function explain(
  model: ModelSize,
  type: GpuShape,
  found: {
    readonly verdict: Fit['verdict'];
    readonly reasons: readonly Reason[];
    readonly budget: Budget;
    readonly room: Room;
    readonly tensorParallel: number;
  },
): string {
  const { verdict, reasons, budget, room, tensorParallel } = found;
  const unsupported = reasons.find(({ code }) => code === 'gpu_unsupported');
  if (unsupported) return unsupported.message;
  const needed = budget.weights + budget.overhead + budget.activation;
  const facts =
    `${model.name} needs ${inGib(needed)} of each of ${tensorParallel} × ${type.gpuKind} before any request; ` +
    `${type.code} offers ${inGib(budget.usable)} of ${inGib(type.vramBytesPerGpu)} each`;
  const told = reasons.filter(({ weight }) => weight === (verdict === 'fits' ? 'note' : verdict));
  const messages = told.map(({ message }) => message).join(' ');
  if (verdict === 'no') return `${facts}: ${messages}`;
  const serves =
    room.sequences === null
      ? `Requests of up to ${room.context} tokens.`
      : `Room for ${room.sequences} requests of ${room.context} tokens at the same time.`;
  return [`${facts}.`, serves, messages].filter((part) => part !== '').join(' ');
}

function inGib(amount: number): string {
  return `${(amount / GIB).toFixed(1)} GiB`;
}
