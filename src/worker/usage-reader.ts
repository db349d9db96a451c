/**
 * Reads the engine's own usage out of an answer while its bytes pass by unchanged.
 *
 * In a stream with continuous usage every event carries the counts so far of its own choice and that choice's prompt;
 * the last one, without choices, carries the sums and wins. In a single JSON answer it is the `usage` object. Bytes are looked at as
 * Latin-1: structure and numbers of JSON are ASCII in UTF-8, and no decoding is needed.
 */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
}

export interface UsageReader {
  push(chunk: Buffer): void;
  /** At the end of the answer. */
  finish(): void;
  readonly usage: Usage;
  /** The engine reported an error inside its answer. */
  readonly hasFailed: boolean;
}

const NEWLINE = 10;
const LINE_BYTES_MAX = 8 * 1024 * 1024;
const BODY_TAIL_BYTES = 8 * 1024 * 1024;

const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };

export interface LineReader {
  readLine(line: Buffer): void;
}

/** Cuts bytes into lines. */
export class LineSplitter {
  readonly #reader: LineReader;
  #rest: Buffer | undefined;
  #isSkipping = false;

  constructor(reader: LineReader) {
    this.#reader = reader;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const part = chunk.subarray(from, at);
      from = at + 1;
      const line = this.#rest ? Buffer.concat([this.#rest, part]) : part;
      this.#rest = undefined;
      if (!this.#isSkipping) this.#reader.readLine(line);
      this.#isSkipping = false;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  finish(): void {
    if (this.#rest && !this.#isSkipping) this.#reader.readLine(this.#rest);
    this.#rest = undefined;
  }

  /** A line without end cannot be a usage event; it is passed on but not kept. */
  #keep(part: Buffer): void {
    if (this.#isSkipping) return;
    this.#rest = this.#rest ? Buffer.concat([this.#rest, part]) : Buffer.from(part);
    if (this.#rest.length <= LINE_BYTES_MAX) return;
    this.#rest = undefined;
    this.#isSkipping = true;
  }
}

export class StreamUsageReader implements UsageReader, LineReader {
  readonly #lines = new LineSplitter(this);
  /** Choice `i` belongs to prompt `floor(i / choicesPerPrompt)`; by default all belong to one. */
  readonly #choicesPerPrompt: number;
  readonly #perPrompt = new Map<number, Usage>();
  readonly #perChoice = new Map<number, number>();
  #sum = NO_USAGE;
  #final: Usage | undefined;
  hasFailed = false;

  constructor(choicesPerPrompt = Number.POSITIVE_INFINITY) {
    this.#choicesPerPrompt = choicesPerPrompt;
  }

  get usage(): Usage {
    return this.#final ?? this.#sum;
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  finish(): void {
    this.#lines.finish();
  }

  readLine(line: Buffer): void {
    // The shortest event with a usage is longer than this; `data: [DONE]` and blank lines are not looked at.
    if (line.length < 20 || line.toString('latin1', 0, 5) !== 'data:') return;
    const event = tryParse(line.toString('latin1', 5));
    if (event === undefined) return;
    if (event['error']) this.hasFailed = true;
    const fields = asRecord(event['usage']);
    if (!fields) return;
    const usage = usageOf(fields);
    const choices = event['choices'];
    if (Array.isArray(choices) && choices.length > 0) {
      for (const choice of choices) this.#noteChoice(count(asRecord(choice)?.['index']), usage);
    } else {
      this.#final = usage;
    }
  }

  #noteChoice(index: number, usage: Usage): void {
    const prompt = Math.floor(index / this.#choicesPerPrompt);
    const promptBefore = this.#perPrompt.get(prompt) ?? NO_USAGE;
    const before = this.#perChoice.get(index) ?? 0;
    const completion = Math.max(before, usage.completionTokens);
    this.#perPrompt.set(prompt, usage);
    this.#perChoice.set(index, completion);
    this.#sum = {
      promptTokens: this.#sum.promptTokens + usage.promptTokens - promptBefore.promptTokens,
      completionTokens: this.#sum.completionTokens + completion - before,
      cachedTokens: this.#sum.cachedTokens + usage.cachedTokens - promptBefore.cachedTokens,
    };
  }
}

export class BodyUsageReader implements UsageReader {
  #parts: Buffer[] = [];
  #size = 0;
  usage = NO_USAGE;
  hasFailed = false;

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    // The usage stands behind the choices or embeddings, so of a huge answer the end is enough.
    while (this.#size - (this.#parts[0]?.length ?? 0) > BODY_TAIL_BYTES) {
      this.#size -= this.#parts.shift()?.length ?? 0;
    }
  }

  finish(): void {
    const body = Buffer.concat(this.#parts);
    this.#parts = [];
    // Inside a JSON text the quotes would be escaped, so this is the key and nothing else.
    const at = body.lastIndexOf('"usage":');
    const usage = at < 0 ? undefined : tryParse(objectFrom(body.toString('latin1', at + 8)));
    if (usage) this.usage = usageOf(usage);
  }
}

/** The text up to the brace that closes the first one. A usage object holds numbers and names, no braces in texts. */
function objectFrom(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') {
      depth -= 1;
      if (depth === 0) return text.slice(0, at + 1);
    } else if (depth === 0 && text[at]?.trim() !== '') return '';
  }
  return '';
}

/** Usage in each protocol's words. Where Anthropic's tell of a cache, `input_tokens` are only those not found there. */
export function usageOf(fields: Record<string, unknown>): Usage {
  const { input_tokens: input, output_tokens: output } = fields;
  if (input === undefined && output === undefined) {
    return {
      promptTokens: count(fields['prompt_tokens']),
      completionTokens: count(fields['completion_tokens']),
      cachedTokens: count(asRecord(fields['prompt_tokens_details'])?.['cached_tokens']),
    };
  }
  const read = count(fields['cache_read_input_tokens']);
  return {
    promptTokens: count(input) + read + count(fields['cache_creation_input_tokens']),
    completionTokens: count(output),
    cachedTokens: read + count(asRecord(fields['input_tokens_details'])?.['cached_tokens']),
  };
}

export function tryParse(text: string): Record<string, unknown> | undefined {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
