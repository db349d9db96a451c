import {
  asRecord,
  type LineReader,
  LineSplitter,
  tryParse,
  type Usage,
  type UsageReader,
  usageOf,
} from './usage-reader.ts';

/**
 * The usage of streams with named events: Anthropic's messages and OpenAI's responses.
 *
 * The engine says there how many tokens it made only at the end. Until then each delta is one token: the engine writes
 * one per step of a sequence. It writes none for a token without text (the end of the answer, part of a character, of
 * a stop text or of a tool's markup), so an answer that was broken off may hold a few tokens more. The prompt of a
 * message is told at its start; that of a response is not, and must be asked for.
 */
const SAYS_USAGE = new Set([
  'message_start',
  'message_delta',
  'response.completed',
  'response.incomplete',
  'response.failed',
]);
const FAILED = new Set(['error', 'response.failed']);

export class EventUsageReader implements UsageReader, LineReader {
  readonly #lines = new LineSplitter(this);
  #name = '';
  #prompt = 0;
  #cached = 0;
  #deltas = 0;
  #final: Usage | undefined;
  hasFailed = false;

  get usage(): Usage {
    return (
      this.#final ?? {
        promptTokens: this.#prompt,
        completionTokens: this.#deltas,
        cachedTokens: this.#cached,
      }
    );
  }

  /** Tokens were made, and the engine has not said of how many in the prompt. */
  get lacksPrompt(): boolean {
    return this.#final === undefined && this.#prompt === 0 && this.#deltas > 0;
  }

  /** What another question to the engine has found out. */
  notePrompt(tokens: number): void {
    this.#prompt = tokens;
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  finish(): void {
    this.#lines.finish();
  }

  readLine(line: Buffer): void {
    const prefix = line.toString('latin1', 0, 6);
    if (prefix === 'event:') this.#name = line.toString('latin1', 6).trim();
    else if (prefix.startsWith('data:')) this.#readData(line);
    else if (prefix.trim() === '') this.#name = '';
  }

  #readData(line: Buffer): void {
    const name = this.#name === '' ? nameWithin(line) : this.#name;
    if (isDelta(name)) {
      // It carries no token: it ends a thought.
      if (!line.includes('"type":"signature_delta"')) this.#deltas += 1;
      return;
    }
    if (FAILED.has(name)) this.hasFailed = true;
    if (SAYS_USAGE.has(name)) this.#readUsage(name, tryParse(line.toString('latin1', 5)) ?? {});
  }

  #readUsage(name: string, event: Record<string, unknown>): void {
    const holder =
      name === 'message_delta' ? event : asRecord(event[name === 'message_start' ? 'message' : 'response']);
    const fields = asRecord(holder?.['usage']);
    if (!fields) return;
    const usage = usageOf(fields);
    if (name !== 'message_start') {
      // Anthropic's own servers say at the end only what came out.
      this.#final =
        usage.promptTokens === 0
          ? { ...usage, promptTokens: this.#prompt, cachedTokens: this.#cached }
          : usage;
      return;
    }
    this.#prompt = usage.promptTokens;
    this.#cached = usage.cachedTokens;
  }
}

function isDelta(name: string): boolean {
  return name === 'content_block_delta' || name.endsWith('.delta');
}

/** An event may go without a name; its data says the same. */
function nameWithin(line: Buffer): string {
  const event = tryParse(line.toString('latin1', 5));
  if (!event) return '';
  if (event['error']) return 'error';
  return typeof event['type'] === 'string' ? event['type'] : '';
}
