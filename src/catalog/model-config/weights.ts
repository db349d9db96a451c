/** How many bytes the parameters are kept in: by their type, and by how they are quantised. */
import type { ModelDtype, Quantisation } from '#contracts/model-shape.ts';
import type { ConfigFields } from './config-fields.ts';
import type { Parameters } from './parameters.ts';

export interface Storage {
  /** Null when the configuration does not say: taken for 16 bits. */
  readonly dtype: ModelDtype | null;
  readonly quantisation: Quantisation | null;
  /** Of quantised matrices, with the scales that belong to them. */
  readonly quantisedBits: number | null;
  /** Only experts are quantised, as gpt-oss is published. */
  readonly isExpertsOnly: boolean;
}

const DTYPES: Readonly<Record<string, readonly [dtype: ModelDtype, bytes: number]>> = {
  float32: ['float32', 4],
  float: ['float32', 4],
  bfloat16: ['bfloat16', 2],
  float16: ['float16', 2],
  half: ['float16', 2],
  float8_e4m3fn: ['float8', 1],
  float8_e5m2: ['float8', 1],
};

/** @throws model.config_invalid */
export function readStorage(fields: ConfigFields): Storage {
  const dtype = readDtype(fields);
  const quantised = fields.object('quantization_config') ?? fields.object('compression_config');
  if (!quantised) return { dtype, quantisation: null, quantisedBits: null, isExpertsOnly: false };
  const found = readQuantisation(quantised);
  return { dtype, ...found, isExpertsOnly: found.quantisation === 'mxfp4' };
}

export function bytesOf(parameters: Parameters, storage: Storage): number {
  const { embeddings, dense, experts, rest, towers } = parameters;
  const plain =
    storage.dtype === null ? 2 : (Object.values(DTYPES).find(([one]) => one === storage.dtype)?.[1] ?? 2);
  const packed = storage.quantisedBits === null ? plain : storage.quantisedBits / 8;
  // What is not quantised is kept in 16 bits at least.
  const beside = storage.quantisedBits === null ? plain : Math.max(plain, 2);
  const denseBytes = storage.isExpertsOnly ? beside : packed;
  return Math.ceil((embeddings + rest + towers) * beside + dense * denseBytes + experts * packed);
}

function readDtype(fields: ConfigFields): ModelDtype | null {
  const word = fields.text('torch_dtype', 'dtype')?.replace(/^torch\./, '');
  if (word === undefined || word === 'auto') return null;
  const found = DTYPES[word];
  if (found) return found[0];
  const name = fields.has('torch_dtype') ? 'torch_dtype' : 'dtype';
  throw fields.wrong(name, `is \`${word.slice(0, 40)}\`; known are ${Object.keys(DTYPES).join(', ')}`);
}

type Quantised = { readonly quantisation: Quantisation; readonly quantisedBits: number };

function readQuantisation(fields: ConfigFields): Quantised {
  const method = fields.text('quant_method', 'quant_algo')?.toLowerCase();
  switch (method) {
    case 'fp8':
    case 'fbgemm_fp8':
      return { quantisation: 'fp8', quantisedBits: 8 };
    case 'awq':
    case 'gptq':
    case 'gptq_marlin':
    case 'awq_marlin':
    case 'auto-round': {
      const quantisation = method.startsWith('awq') ? 'awq' : 'gptq';
      return { quantisation, quantisedBits: groupedBits(fields, bitsOf(fields, ['bits', 'w_bit'], 4)) };
    }
    case 'mxfp4':
      return { quantisation: 'mxfp4', quantisedBits: 4 + 8 / 32 };
    case 'bitsandbytes':
      return bitsAndBytes(fields);
    case 'modelopt':
    case 'modelopt_fp4':
    case 'nvfp4':
    case 'fp4':
      return modelOptimiser(fields, method);
    case 'compressed-tensors':
    case 'compressed_tensors':
      return compressedTensors(fields);
    default:
      throw fields.wrong(
        'quant_method',
        `${method === undefined ? 'is missing' : `is \`${method.slice(0, 40)}\``}; known are fp8, fbgemm_fp8, awq, gptq, mxfp4, bitsandbytes, modelopt and compressed-tensors. For another, leave \`config\` out and give weights_bytes and kv_bytes_per_token`,
      );
  }
}

function bitsOf(fields: ConfigFields, names: readonly string[], otherwise: number): number {
  const bits = fields.size(...names) ?? otherwise;
  if (bits > 16)
    throw fields.wrong(names.find((name) => fields.has(name)) ?? '', `is ${bits}, more than 16 bits`);
  return bits;
}

/** Each group of weights has a scale of 16 bits and a zero of as many bits as a weight. */
function groupedBits(fields: ConfigFields, bits: number): number {
  const named = fields.value('group_size', 'q_group_size')?.value;
  const group = typeof named === 'number' && named > 0 ? named : Number.POSITIVE_INFINITY;
  return bits + (16 + bits) / group;
}

function bitsAndBytes(fields: ConfigFields): Quantised {
  if (fields.flag('load_in_8bit') || fields.flag('_load_in_8bit')) {
    return { quantisation: 'bitsandbytes_8bit', quantisedBits: 8 };
  }
  const scaleBits = fields.flag('bnb_4bit_use_double_quant') ? 8 + 32 / 256 : 32;
  return { quantisation: 'bitsandbytes_4bit', quantisedBits: 4 + scaleBits / 64 };
}

function modelOptimiser(fields: ConfigFields, method: string): Quantised {
  const inner = fields.object('quantization');
  const algorithm = (fields.text('quant_algo') ?? inner?.text('quant_algo') ?? method).toLowerCase();
  if (algorithm.includes('fp4')) return { quantisation: 'nvfp4', quantisedBits: 4 + 8 / 16 };
  return { quantisation: 'fp8', quantisedBits: 8 };
}

function compressedTensors(fields: ConfigFields): Quantised {
  const groups = fields.object('config_groups');
  const weights = groups?.objects()[0]?.object('weights');
  if (!weights) throw fields.wrong('config_groups', 'names no group with `weights`');
  const bits = bitsOf(weights, ['num_bits'], 8);
  const isFloat = weights.text('type') === 'float';
  const group = weights.size('group_size') ?? Number.POSITIVE_INFINITY;
  if (bits === 4 && isFloat) return { quantisation: 'nvfp4', quantisedBits: 4 + 8 / group };
  if (bits <= 4) return { quantisation: 'int4', quantisedBits: bits + 16 / group };
  return { quantisation: isFloat ? 'fp8' : 'int8', quantisedBits: bits };
}
