/**
 * Whether a model is served by the processors of a machine, for models that are a GGUF file and machines without a GPU.
 * Each belongs to the other: vLLM needs a GPU, and the engine for these files uses none.
 */
import type { Fit, FitWish, GpuShape, ModelSize } from './model-fit.ts';
import { longestContext, sequenceBytes } from './sequence-memory.ts';

const GIB = 1024 ** 3;
/** The rest is the system's, and that of whoever else uses the machine. */
const MEMORY_SHARE = 0.8;
const OVERHEAD_BYTES = GIB / 4;
const ACTIVATION_BYTES = GIB / 4;
/** With less an engine is hardly of use. */
const CONTEXT_LENGTH_MIN = 2_048;
/** More at the same time only makes each of them slow. */
const SEQUENCES_MAX = 4;

type Reason = Fit['reasons'][number];

export function processorFit(model: ModelSize, type: GpuShape, wish: FitWish): Fit {
  const memory = type.memoryBytes ?? 0;
  const usable = Math.floor(memory * (wish.memoryShare ?? MEMORY_SHARE));
  const overhead = wish.overheadBytes ?? OVERHEAD_BYTES;
  const activation = wish.activationBytes ?? ACTIVATION_BYTES;
  const room = Math.max(0, usable - model.weightsBytes - overhead - activation);
  const wanted = Math.min(wish.contextLength ?? model.contextLength, model.contextLength);
  const per = (tokens: number) => sequenceBytes(model, 1, tokens);
  const context = longestContext(per, wanted, room);
  const sequences = per(context) > 0 ? room / per(context) : SEQUENCES_MAX;
  const reason = reasonOf({
    model,
    type,
    missing: model.weightsBytes + overhead + activation - usable,
    context,
    wanted,
  });
  const fits = reason?.weight !== 'no';
  const atOnce = Math.max(1, Math.min(SEQUENCES_MAX, Math.floor(sequences)));
  const serves = `${model.name} is served by the processors of ${type.code}, ${atOnce} requests of up to ${context} tokens at the same time; slower than on a GPU.`;
  return {
    verdict: !fits ? 'no' : reason ? 'tight' : 'fits',
    fits,
    explanation: fits ? [serves, reason?.message].filter(Boolean).join(' ') : (reason?.message ?? ''),
    reasons: reason ? [reason] : [],
    tensor_parallel: 1,
    vram_bytes_per_gpu: memory,
    usable_bytes_per_gpu: usable,
    weights_bytes_per_gpu: model.weightsBytes,
    overhead_bytes_per_gpu: overhead,
    activation_bytes_per_gpu: activation,
    kv_bytes_per_gpu: room,
    kv_tokens: Math.floor(sequences * context),
    sequences: Math.round(sequences * 100) / 100,
    context_length: fits ? context : 0,
    model_context_length: model.contextLength,
    engine_args: model.gguf ? ['--max-num-seqs', String(atOnce)] : [],
  };
}

function reasonOf(found: {
  readonly model: ModelSize;
  readonly type: GpuShape;
  readonly missing: number;
  readonly context: number;
  readonly wanted: number;
}): Reason | undefined {
  const { model, type, missing, context, wanted } = found;
  if (!model.gguf) {
    const message = `${type.code} has no GPU, and ${model.name} needs one: its engine is vLLM. Choose a machine with GPUs, or a GGUF file of the model.`;
    return { code: 'gpu_missing', weight: 'no', message };
  }
  if (type.gpuCount > 0) {
    const message = `${model.name} is a GGUF file, which is served by processors alone: the GPUs of ${type.code} would be paid for and idle. Choose a machine without GPUs.`;
    return { code: 'gpu_unused', weight: 'no', message };
  }
  if (missing > 0) {
    const message = `${inGib(missing)} of memory too little on ${type.code} for the weights of ${model.name}.`;
    return { code: 'weights_too_large', weight: 'no', message };
  }
  if (context < Math.min(wanted, CONTEXT_LENGTH_MIN)) {
    const message = `Beside the weights of ${model.name}, ${type.code} has no room for a request of ${Math.min(wanted, CONTEXT_LENGTH_MIN)} tokens.`;
    return { code: 'context_too_small', weight: 'no', message };
  }
  if (context < wanted) {
    const message = `Beside the weights there is room for ${context} of the ${wanted} tokens of its context: longer requests are refused.`;
    return { code: 'context_cut', weight: 'tight', message };
  }
  return undefined;
}

function inGib(amount: number): string {
  return `${(amount / GIB).toFixed(1)} GiB`;
}
