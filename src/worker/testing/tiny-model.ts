/**
 * A model of the smallest kind, made here: a GGUF file of the llama architecture with random weights and an alphabet of
 * single bytes and printable letters. Nothing is downloaded, and llama.cpp reads it like any other.
 */
import { writeFileSync } from 'node:fs';

export interface TinyModel {
  readonly layers?: number;
  readonly embedding?: number;
  readonly heads?: number;
  readonly feedForward?: number;
  readonly contextLength?: number;
  readonly seed?: number;
}

type Value =
  | readonly ['u32' | 'f32', number]
  | readonly ['text', string]
  | readonly ['flag', boolean]
  | readonly ['texts', readonly string[]]
  | readonly ['f32s' | 'i32s', readonly number[]];
type Tensor = readonly [name: string, shape: readonly number[], weights: Float32Array];

const CODES = { u32: 4, i32: 5, f32: 6, flag: 7, text: 8, list: 9 } as const;
const ALIGNMENT = 32;
const BYTE_TOKENS = 259;
const TEMPLATE =
  "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

/** Bytes written. The same seed gives the same file. */
export function writeTinyModel(file: string, options: TinyModel = {}): number {
  const {
    layers = 1,
    embedding = 64,
    heads = 4,
    feedForward = 128,
    contextLength = 2048,
    seed = 42,
  } = options;
  const tokens = [
    ...['<unk>', '<s>', '</s>'],
    ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
    '\u2581',
    ...Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)),
  ];
  const tensors = tensorsOf(tokens.length, { layers, embedding, feedForward, seed });
  const values: [string, Value][] = [
    ['general.architecture', ['text', 'llama']],
    ['general.name', ['text', 'tiny-random']],
    ['general.alignment', ['u32', ALIGNMENT]],
    ['general.file_type', ['u32', 0]],
    ['llama.context_length', ['u32', contextLength]],
    ['llama.embedding_length', ['u32', embedding]],
    ['llama.block_count', ['u32', layers]],
    ['llama.feed_forward_length', ['u32', feedForward]],
    ['llama.attention.head_count', ['u32', heads]],
    ['llama.attention.head_count_kv', ['u32', heads]],
    ['llama.attention.layer_norm_rms_epsilon', ['f32', 1e-5]],
    ['llama.rope.dimension_count', ['u32', embedding / heads]],
    ['llama.rope.freq_base', ['f32', 10_000]],
    ['llama.vocab_size', ['u32', tokens.length]],
    ['tokenizer.ggml.model', ['text', 'llama']],
    ['tokenizer.ggml.pre', ['text', 'default']],
    ['tokenizer.ggml.tokens', ['texts', tokens]],
    ['tokenizer.ggml.scores', ['f32s', tokens.map((_, at) => -at)]],
    // Unknown, control, single bytes, and the rest.
    [
      'tokenizer.ggml.token_type',
      ['i32s', tokens.map((_, at) => (at === 0 ? 2 : at < 3 ? 3 : at < BYTE_TOKENS ? 6 : 1))],
    ],
    ['tokenizer.ggml.bos_token_id', ['u32', 1]],
    ['tokenizer.ggml.eos_token_id', ['u32', 2]],
    ['tokenizer.ggml.unknown_token_id', ['u32', 0]],
    ['tokenizer.ggml.add_bos_token', ['flag', true]],
    ['tokenizer.ggml.add_space_prefix', ['flag', false]],
    ['tokenizer.chat_template', ['text', TEMPLATE]],
  ];
  const bytes = compose(values, tensors);
  writeFileSync(file, bytes);
  return bytes.length;
}

function tensorsOf(
  vocabulary: number,
  size: {
    readonly layers: number;
    readonly embedding: number;
    readonly feedForward: number;
    readonly seed: number;
  },
): Tensor[] {
  const { layers, embedding: width, feedForward, seed } = size;
  let state = seed >>> 0;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const spread = 1 / Math.sqrt(width);
  const weights = (count: number, scale: number): Float32Array =>
    Float32Array.from(
      { length: count },
      () => scale * Math.sqrt(-2 * Math.log(random() + 1e-9)) * Math.cos(2 * Math.PI * random()),
    );
  const ones = (): Float32Array => new Float32Array(width).fill(1);
  const output = weights(width * vocabulary, spread * 3);
  // Marks and single bytes are never likely, so that an answer is letters.
  output.fill(0, 0, width * BYTE_TOKENS);
  const tensors: Tensor[] = [
    ['token_embd.weight', [width, vocabulary], weights(width * vocabulary, 1)],
    ['output_norm.weight', [width], ones()],
    ['output.weight', [width, vocabulary], output],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string): string => `blk.${layer}.${part}.weight`;
    tensors.push([name('attn_norm'), [width], ones()]);
    for (const part of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) {
      tensors.push([name(part), [width, width], weights(width * width, spread)]);
    }
    tensors.push([name('ffn_norm'), [width], ones()]);
    for (const part of ['ffn_gate', 'ffn_up']) {
      tensors.push([name(part), [width, feedForward], weights(width * feedForward, spread)]);
    }
    tensors.push([name('ffn_down'), [feedForward, width], weights(feedForward * width, spread)]);
  }
  return tensors;
}

function compose(values: readonly [string, Value][], tensors: readonly Tensor[]): Buffer {
  const file = new Writer();
  file.raw(Buffer.from('GGUF'));
  file.u32(3);
  file.u64(tensors.length);
  file.u64(values.length);
  for (const [name, value] of values) {
    file.text(name);
    file.value(value);
  }
  let offset = 0;
  for (const [name, shape, weights] of tensors) {
    file.text(name);
    file.u32(shape.length);
    for (const length of shape) file.u64(length);
    file.u32(0);
    file.u64(offset);
    offset += weights.byteLength + paddingAfter(weights.byteLength);
  }
  file.pad();
  for (const [, , weights] of tensors) {
    file.raw(Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength));
    file.pad();
  }
  return file.bytes();
}

function paddingAfter(length: number): number {
  return (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
}

class Writer {
  readonly #parts: Buffer[] = [];
  #length = 0;

  raw(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  u32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.raw(bytes);
  }

  u64(value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    this.raw(bytes);
  }

  f32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.raw(bytes);
  }

  i32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    this.raw(bytes);
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.u64(bytes.length);
    this.raw(bytes);
  }

  value([kind, value]: Value): void {
    const list = (code: number, items: readonly unknown[]): void => {
      this.u32(CODES.list);
      this.u32(code);
      this.u64(items.length);
    };
    if (kind === 'texts') {
      list(CODES.text, value);
      for (const item of value) this.text(item);
    } else if (kind === 'f32s' || kind === 'i32s') {
      list(kind === 'f32s' ? CODES.f32 : CODES.i32, value);
      for (const item of value) kind === 'f32s' ? this.f32(item) : this.i32(item);
    } else {
      this.u32(CODES[kind]);
      if (kind === 'u32') this.u32(value);
      else if (kind === 'f32') this.f32(value);
      else if (kind === 'text') this.text(value);
      else this.raw(Buffer.from([value ? 1 : 0]));
    }
  }

  pad(): void {
    this.raw(Buffer.alloc(paddingAfter(this.#length)));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
