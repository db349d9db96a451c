/**
 * How long one step of a continuously batching engine takes, and how large the machine is.
 * Step time = a0 + max(aw, sum of prefill work / R) + b * sequences + c * decode context tokens, where
 * work(s, n) = n * (1 + (s + n/2) / C0) is the cost of n prompt tokens after s computed ones, attention included.
 */
export interface EngineParameters {
  /** R: prompt tokens per second without attention. */
  readonly prefillTokensPerSecond: number;
  /** C0: the context length at which attention costs as much as the rest. */
  readonly attentionTokens: number;
  /** a0: fixed cost of a step. */
  readonly stepBaseMs: number;
  /** aw: reading the weights once; hidden behind the prefill when that takes longer. */
  readonly weightReadMs: number;
  /** b: per sequence in the step. */
  readonly perSequenceMs: number;
  /** c: per context token of the decoding sequences. */
  readonly perContextTokenMs: number;
  /** Size of the KV cache in tokens, prefix cache included. */
  readonly kvTokens: number;
  /** Tokens of one KV block; only full blocks of a prompt are shared. */
  readonly blockTokens: number;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
}

const LIMITS = { blockTokens: 16, maxNumSeqs: 256, maxNumBatchedTokens: 8192 } as const;

/** Derived from FLOPs and bandwidth of the named hardware, plausible but not fitted; `instant` never waits. */
export const PRESETS = {
  /** 8B parameters on one H100. */
  '8b': {
    prefillTokensPerSecond: 22_000,
    attentionTokens: 30_000,
    stepBaseMs: 1.5,
    weightReadMs: 6.5,
    perSequenceMs: 0.02,
    perContextTokenMs: 0.000_056,
    kvTokens: 400_000,
    ...LIMITS,
  },
  /** 70B parameters, tensor parallel over four H100. */
  '70b': {
    prefillTokensPerSecond: 9_000,
    attentionTokens: 53_000,
    stepBaseMs: 5,
    weightReadMs: 15,
    perSequenceMs: 0.04,
    perContextTokenMs: 0.000_035,
    kvTokens: 400_000,
    ...LIMITS,
  },
  instant: {
    prefillTokensPerSecond: Number.POSITIVE_INFINITY,
    attentionTokens: Number.POSITIVE_INFINITY,
    stepBaseMs: 0,
    weightReadMs: 0,
    perSequenceMs: 0,
    perContextTokenMs: 0,
    kvTokens: 1_600_000,
    ...LIMITS,
  },
} as const satisfies Record<string, EngineParameters>;

export type PresetName = keyof typeof PRESETS;

export function isPresetName(text: string): text is PresetName {
  return Object.hasOwn(PRESETS, text);
}

export interface StepLoad {
  /** Sum of `prefillWork` over the prompt chunks of the step. */
  readonly prefillWork: number;
  readonly sequences: number;
  readonly decodeContextTokens: number;
}

export function stepDurationMs(parameters: EngineParameters, load: StepLoad): number {
  const prefillMs = (load.prefillWork / parameters.prefillTokensPerSecond) * 1000;
  return (
    parameters.stepBaseMs +
    Math.max(parameters.weightReadMs, prefillMs) +
    parameters.perSequenceMs * load.sequences +
    parameters.perContextTokenMs * load.decodeContextTokens
  );
}

/** Cost, in tokens, of computing `tokens` prompt tokens that follow `computed` ones. */
export function prefillWork(parameters: EngineParameters, computed: number, tokens: number): number {
  return tokens * (1 + (computed + tokens / 2) / parameters.attentionTokens);
}
