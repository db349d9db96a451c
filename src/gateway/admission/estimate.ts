/** What a request will take, before any engine has seen it. Settled with the true figures when it is over. */

export interface Estimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** As in the fairness that the queue follows: a token that is generated holds a worker longer than one that is read. */
const OUTPUT_WEIGHT = 2;
const BYTES_PER_TOKEN = 4;
/** A picture counts about so much, whatever its bytes. */
const ATTACHMENT_TOKENS = 1_000;
const ATTACHMENT = ';base64,';

export function tokensOf({ inputTokens, outputTokens }: Estimate): number {
  return inputTokens + outputTokens;
}

export function costOf({ inputTokens, outputTokens }: Estimate): number {
  return inputTokens + OUTPUT_WEIGHT * outputTokens;
}

/** From the size of the body alone, but for pictures and sounds, whose bytes say nothing. */
export function estimateInput(body: Buffer): number {
  let bytes = body.length;
  let attachments = 0;
  for (let at = body.indexOf(ATTACHMENT); at >= 0; ) {
    const begin = at + ATTACHMENT.length;
    const quote = body.indexOf(0x22, begin);
    const end = quote < 0 ? body.length : quote;
    bytes -= end - begin;
    attachments += 1;
    at = body.indexOf(ATTACHMENT, end);
  }
  return Math.max(1, Math.ceil(bytes / BYTES_PER_TOKEN) + attachments * ATTACHMENT_TOKENS);
}

/** The usual length of an answer, no longer than the request allows, for each choice. */
export function estimateOutput(usual: number, allowed: number | undefined, choices: number): number {
  return Math.ceil(Math.min(usual, allowed ?? Number.POSITIVE_INFINITY) * choices);
}
