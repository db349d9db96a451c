/**
 * Reads a stream of named events (Anthropic's messages, OpenAI's responses) while it passes unchanged.
 *
 * The engine tells the counts only at the end: until then each delta stands for one token, as the agent counts too. The
 * last event is held back until the usage is safe, as the end marker of other streams is.
 */

import { findMember } from '#kernel/json-members.ts';
import { eventEnd, objectMember, type Passed, type PassingStream } from './event-stream.ts';
import { parseUsage, type RunningCounts } from './token-counts.ts';

export interface NamedEventStreamOptions {
  readonly form: 'messages' | 'responses';
  readonly counts: RunningCounts;
  readonly eventBytesMax: number;
}

const LAST_EVENTS = {
  messages: new Set(['message_stop', 'error']),
  responses: new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']),
};
const FAILURES = new Set(['error', 'response.failed']);
const NOTHING = Buffer.alloc(0);

export class NamedEventStream implements PassingStream {
  readonly #options: NamedEventStreamOptions;
  #rest = '';
  #isDone = false;
  #hasError = false;
  #isOversized = false;
  #passed = 0;

  constructor(options: NamedEventStreamOptions) {
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  get hasError(): boolean {
    return this.#hasError;
  }

  get isOversized(): boolean {
    return this.#isOversized;
  }

  get passedEvents(): number {
    return this.#passed;
  }

  push(chunk: Buffer): Passed {
    if (this.#isDone) return { bytes: NOTHING, last: undefined };
    const text = this.#rest + chunk.toString('latin1');
    let from = 0;
    let end = eventEnd(text, Math.max(0, this.#rest.length - 3));
    while (end > 0) {
      const event = text.slice(from, end);
      const name = nameOf(event);
      this.#read(name, event);
      if (LAST_EVENTS[this.#options.form].has(name)) {
        this.#isDone = true;
        this.#rest = '';
        return {
          bytes: Buffer.from(text.slice(0, from), 'latin1'),
          last: Buffer.from(event, 'latin1'),
        };
      }
      // A comment that keeps the connection alive is no event.
      if (name !== '') this.#passed += 1;
      from = end;
      end = eventEnd(text, from);
    }
    this.#rest = text.slice(from);
    this.#isOversized = this.#rest.length > this.#options.eventBytesMax;
    return { bytes: from === 0 ? NOTHING : Buffer.from(text.slice(0, from), 'latin1'), last: undefined };
  }

  #read(name: string, event: string): void {
    const { counts } = this.#options;
    if (name === 'content_block_delta' || name.endsWith('.delta')) {
      // A signature ends a thought and holds no token.
      if (!event.includes('"type":"signature_delta"')) counts.addToken();
      return;
    }
    if (FAILURES.has(name)) this.#hasError = true;
    const usage = usageWithin(name, event);
    if (!usage) return;
    if (name === 'message_start') counts.observeChoice(0, { ...usage, completionTokens: 0 });
    // Anthropic's own servers say at the end only what came out.
    else if (usage.promptTokens === 0)
      counts.observeFinal({ ...counts.total, completionTokens: usage.completionTokens });
    else counts.observeFinal(usage);
  }
}

/** The member that holds the usage, where an event has one. */
const HOLDERS: Readonly<Record<string, string | null>> = {
  message_start: 'message',
  message_delta: null,
  'response.completed': 'response',
  'response.incomplete': 'response',
  'response.failed': 'response',
};

function usageWithin(name: string, event: string) {
  const holder = HOLDERS[name];
  if (holder === undefined) return undefined;
  const held = holder === null ? undefined : objectMember(event, holder);
  if (holder !== null && !held) return undefined;
  const usage = held ? findMember(event, 'usage', held.valueStart) : objectMember(event, 'usage');
  return usage && parseUsage(parseOrUndefined(event.slice(usage.valueStart, usage.valueEnd)));
}

/** From its own line, else from the type within its data, which says the same; '' for what is no event. */
function nameOf(event: string): string {
  const line = event.startsWith('event:') ? 0 : event.indexOf('\nevent:') + 1;
  if (event.startsWith('event:', line)) {
    const end = event.indexOf('\n', line);
    return event.slice(line + 6, end < 0 ? event.length : end).trim();
  }
  const type = objectMember(event, 'type');
  if (type) return event.slice(type.valueStart + 1, type.valueEnd - 1);
  return objectMember(event, 'error') ? 'error' : '';
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
