/** Tokens as an engine reports them. */
export interface TokenCounts {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
}

export const NO_TOKENS: TokenCounts = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };

/** Reads a `usage` object; undefined for anything else. */
export function parseUsage(value: unknown): TokenCounts | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const usage = value as Record<string, unknown>;
  const prompt = count(usage['prompt_tokens']);
  if (prompt === undefined) return undefined;
  const details = usage['prompt_tokens_details'];
  const cached =
    typeof details === 'object' && details !== null
      ? count((details as Record<string, unknown>)['cached_tokens'])
      : 0;
  return {
    promptTokens: prompt,
    completionTokens: count(usage['completion_tokens']) ?? 0,
    cachedTokens: cached ?? 0,
  };
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
