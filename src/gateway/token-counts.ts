/** Tokens as an engine reports them. */
export interface TokenCounts {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
}

export const NO_TOKENS: TokenCounts = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };

/** Reads a `usage` object, in the words of any protocol; undefined for anything else. */
export function parseUsage(value: unknown): TokenCounts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const usage = value as Record<string, unknown>;
  if (usage['input_tokens'] !== undefined || usage['output_tokens'] !== undefined)
    return parseInputOutput(usage);
  const prompt = count(usage['prompt_tokens']);
  if (prompt === undefined) return undefined;
  return {
    promptTokens: prompt,
    completionTokens: count(usage['completion_tokens']) ?? 0,
    cachedTokens: cachedOf(usage['prompt_tokens_details']),
  };
}

/** Where Anthropic's words tell of a cache, `input_tokens` are only those that were not found there. */
function parseInputOutput(usage: Record<string, unknown>): TokenCounts | undefined {
  const input = count(usage['input_tokens'] ?? 0);
  if (input === undefined) return undefined;
  const read = count(usage['cache_read_input_tokens']) ?? 0;
  return {
    promptTokens: input + read + (count(usage['cache_creation_input_tokens']) ?? 0),
    completionTokens: count(usage['output_tokens']) ?? 0,
    cachedTokens: read + cachedOf(usage['input_tokens_details']),
  };
}

function cachedOf(details: unknown): number {
  if (typeof details !== 'object' || details === null) return 0;
  return count((details as Record<string, unknown>)['cached_tokens']) ?? 0;
}

/**
 * The newest counts of one request while it streams. In a chunk the engine counts the tokens of that chunk's choice
 * alone; the closing usage chunk holds the sums, and from then on only that counts.
 */
export class RunningCounts {
  /** Choices of one prompt; choice `i` belongs to prompt `floor(i / n)`. */
  readonly #choicesPerPrompt: number;
  readonly #byChoice = new Map<number, TokenCounts>();
  #final: TokenCounts | undefined;

  constructor(choicesPerPrompt = 1) {
    this.#choicesPerPrompt = choicesPerPrompt;
  }

  get isFinal(): boolean {
    return this.#final !== undefined;
  }

  get isEmpty(): boolean {
    return this.#final === undefined && this.#byChoice.size === 0;
  }

  observeChoice(index: number, counts: TokenCounts): void {
    this.#byChoice.set(index, counts);
  }

  /** One more token of a stream that has a single choice and does not count itself. */
  addToken(): void {
    const { promptTokens, completionTokens, cachedTokens } = this.#byChoice.get(0) ?? NO_TOKENS;
    this.#byChoice.set(0, { promptTokens, completionTokens: completionTokens + 1, cachedTokens });
  }

  observeFinal(counts: TokenCounts): void {
    this.#final = counts;
  }

  get total(): TokenCounts {
    if (this.#final) return this.#final;
    const prompts = new Map<number, TokenCounts>();
    let completionTokens = 0;
    for (const [index, counts] of this.#byChoice) {
      prompts.set(Math.floor(index / this.#choicesPerPrompt), counts);
      completionTokens += counts.completionTokens;
    }
    let promptTokens = 0;
    let cachedTokens = 0;
    for (const counts of prompts.values()) {
      promptTokens += counts.promptTokens;
      cachedTokens += counts.cachedTokens;
    }
    return { promptTokens, completionTokens, cachedTokens };
  }
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
