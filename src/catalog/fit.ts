/** The part of a model that decides which machine can hold it. */
export interface ModelSize {
  readonly name: string;
  readonly weightsBytes: number;
  /** Null when the shape of the attention is unknown. */
  readonly kvBytesPerToken: number | null;
  readonly contextLength: number;
}

/** The part of an instance type that decides what it can hold. */
export interface GpuShape {
  readonly code: string;
  readonly gpuCount: number;
  readonly gpuKind: string;
  readonly vramBytesPerGpu: number;
}

export interface Fit {
  readonly fits: boolean;
  /** One sentence with the figures, for people. */
  readonly explanation: string;
}

const GIB = 1024 ** 3;
/** The engine takes this share of each GPU; the rest is for the driver and fragmentation. */
const USABLE_PARTS_PER_HUNDRED = 90;
/** CUDA context, graphs and activations on each GPU. */
const OVERHEAD_BYTES_PER_GPU = GIB;
/** Room for this many tokens of requests is kept beside the weights; with less an engine is hardly of use. */
const CONTEXT_TOKENS_HELD = 16_384;
/** Where the attention's shape is unknown, this share of the weights is set aside for it. */
const KV_PARTS_PER_HUNDRED_UNKNOWN = 20;

/** GPUs that no current release of the engine runs on, with the reason that people are told. */
const UNSUPPORTED_GPUS: readonly { readonly kind: RegExp; readonly because: string }[] = [
  { kind: /\bP100\b/i, because: 'compute capability 6.0 is below the 7.5 that current vLLM needs' },
  { kind: /\bV100\b/i, because: 'compute capability 7.0 is below the 7.5 that current vLLM needs' },
  { kind: /\bV520\b/i, because: 'vLLM has no build for this GPU architecture (RDNA 1)' },
];

/** GPU memory for the weights and the attention of requests, over all GPUs together. */
export function vramNeeded(model: Omit<ModelSize, 'name'>): number {
  const tokens = Math.min(model.contextLength, CONTEXT_TOKENS_HELD);
  const kvBytes =
    model.kvBytesPerToken === null
      ? Math.ceil((model.weightsBytes * KV_PARTS_PER_HUNDRED_UNKNOWN) / 100)
      : model.kvBytesPerToken * tokens;
  return model.weightsBytes + kvBytes;
}

/**
 * Disk for the operating system, the engine and the weights (twice while they are fetched), in whole 10 GB steps.
 * Every place that sizes a disk asks here.
 */
export function diskNeeded(model: Pick<ModelSize, 'weightsBytes'>): number {
  const systemBytes = 40e9;
  const stepBytes = 10e9;
  return Math.ceil((systemBytes + model.weightsBytes * 2) / stepBytes) * stepBytes;
}

/** GPU memory that the engine can use on a machine of this type. */
export function vramUsable(type: GpuShape): number {
  const perGpu = Math.floor((type.vramBytesPerGpu * USABLE_PARTS_PER_HUNDRED) / 100) - OVERHEAD_BYTES_PER_GPU;
  return Math.max(0, perGpu) * type.gpuCount;
}

export function fits(model: ModelSize, type: GpuShape): Fit {
  const unsupported = UNSUPPORTED_GPUS.find(({ kind }) => kind.test(type.gpuKind));
  if (unsupported) {
    return { fits: false, explanation: `${type.gpuKind} cannot run the engine: ${unsupported.because}.` };
  }
  const needed = vramNeeded(model);
  const usable = vramUsable(type);
  const facts =
    `${model.name} needs ${inGib(needed)} of GPU memory; ${type.code} offers ${inGib(usable)} ` +
    `(${type.gpuCount} × ${type.gpuKind}, ${inGib(type.vramBytesPerGpu)} each, less what the engine itself takes)`;
  return needed <= usable
    ? { fits: true, explanation: `${facts}.` }
    : { fits: false, explanation: `${facts}: ${inGib(needed - usable)} too little.` };
}

function inGib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
