/** Where families of models differ in what their configuration leaves unsaid. */

/** One matrix up and one down; all others have a gate beside them. */
const WITHOUT_GATE: readonly string[] = [
  'bert',
  'bloom',
  'codegen',
  'falcon',
  'gpt2',
  'gpt_bigcode',
  'gpt_neo',
  'gpt_neox',
  'gptj',
  'mpt',
  'nemotron',
  'opt',
  'phi',
  'roberta',
  'starcoder2',
  'xlm-roberta',
];

/** The embedding serves as the output too, unless the configuration says otherwise. */
const TIED: readonly string[] = [
  'bert',
  'bloom',
  'cohere',
  'cohere2',
  'falcon',
  'gemma',
  'gemma2',
  'gemma3',
  'gemma3_text',
  'gpt2',
  'gpt_bigcode',
  'gpt_neo',
  'mpt',
  'opt',
  'roberta',
  'starcoder2',
  'xlm-roberta',
];

/** Read a text in one pass and keep nothing of it. */
const ENCODERS: readonly string[] = ['bert', 'roberta', 'xlm-roberta', 'modernbert', 'new', 'nomic_bert'];

/** What `config.json` files of these families leave out because the library has it as a default. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  gemma3_text: {
    vocab_size: 262_208,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    max_position_embeddings: 131_072,
    sliding_window: 4_096,
  },
  gemma2: { head_dim: 256 },
  gemma: { head_dim: 256 },
  mixtral: { num_local_experts: 8 },
};
/** The same for a language model inside a model of several parts, which often names only what differs. */
const NESTED_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  llama: {
    hidden_size: 4_096,
    intermediate_size: 11_008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    vocab_size: 32_000,
    max_position_embeddings: 2_048,
  },
  mistral: {
    hidden_size: 4_096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 32_000,
    max_position_embeddings: 131_072,
  },
};

/** Whose parameters the formulas here were compared with what was published. */
const KNOWN: ReadonlySet<string> = new Set([
  ...WITHOUT_GATE,
  ...TIED,
  'deepseek_v2',
  'deepseek_v3',
  'gpt_oss',
  'granite',
  'internlm2',
  'kimi_k2',
  'llama',
  'llama4_text',
  'mistral',
  'mixtral',
  'olmo',
  'olmo2',
  'phi3',
  'phimoe',
  'qwen2',
  'qwen2_moe',
  'qwen2_vl',
  'qwen2_5_vl',
  'qwen3',
  'qwen3_moe',
  'stablelm',
]);

export function hasGate(family: string): boolean {
  return !WITHOUT_GATE.includes(family);
}

export function isTiedByDefault(family: string): boolean {
  return TIED.includes(family);
}

export function isEncoder(family: string): boolean {
  return ENCODERS.includes(family);
}

export function isKnownFamily(family: string): boolean {
  return KNOWN.has(family);
}

export function defaultsOf(family: string, isNested: boolean): Readonly<Record<string, unknown>> {
  return { ...(isNested ? NESTED_DEFAULTS[family] : undefined), ...DEFAULTS[family] };
}
