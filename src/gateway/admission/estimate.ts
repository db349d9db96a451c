/** What a request will take, before any engine has seen it. Settled with the true figures when it is over. */

export interface Estimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** As in the fairness that the queue follows: a token that is generated holds a worker longer than one that is read. */
const OUTPUT_WEIGHT = 2;

export function tokensOf({ inputTokens, outputTokens }: Estimate): number {
  return inputTokens + outputTokens;
}

export function costOf({ inputTokens, outputTokens }: Estimate): number {
  return inputTokens + OUTPUT_WEIGHT * outputTokens;
}

/** The usual length of an answer, no longer than the request allows, for each choice. */
export function estimateOutput(usual: number, allowed: number | undefined, choices: number): number {
  return Math.ceil(Math.min(usual, allowed ?? Number.POSITIVE_INFINITY) * choices);
}
