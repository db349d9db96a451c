/**
 * Reads an engine's event stream while it passes, and takes out what the client did not ask for.
 *
 * The engine is always asked for usage in every chunk. Here the counts are read, and then each event is given the form
 * that the engine would have sent without that question: the usage member is removed (chat) or null (completions: that
 * serving class of vLLM writes unset fields too), and the closing usage chunk is dropped unless the client wanted it.
 * Bytes are decoded as latin1, one character each, so that nothing but the removed member can change.
 */
import { findMember, removeMember, replaceValue } from '#kernel/json-members.ts';
import { parseUsage, type RunningCounts } from './token-counts.ts';

/** What the client asked for in `stream_options`. */
export type WantedUsage = 'none' | 'final' | 'continuous';

export interface EventStreamOptions {
  readonly wanted: WantedUsage;
  /** How this endpoint's chunks look when no usage was asked for. */
  readonly unasked: 'absent' | 'null';
  readonly counts: RunningCounts;
  /** An event that is longer is no event: the engine writes garbage. */
  readonly eventBytesMax: number;
}

/** A stream on its way: looked at, and held back at its end. */
export interface PassingStream {
  /** The engine wrote its end. */
  readonly isDone: boolean;
  /** The engine reported an error inside the stream; an end marker after it is not a success. */
  readonly hasError: boolean;
  readonly isOversized: boolean;
  /** Events that were passed, the last one not counted. */
  readonly passedEvents: number;
  push(chunk: Buffer): Passed;
}

export interface Passed {
  /** What goes to the client now; the end marker is not in it. */
  readonly bytes: Buffer;
  /** The end marker and what follows, when it arrived: sent after the usage is safe. */
  readonly last: Buffer | undefined;
}

const DONE = /^data: ?\[DONE\]/;
const NOTHING = Buffer.alloc(0);
const USUAL_CHOICE = '"choices":[{"index":';
const USUAL_USAGE = ',"usage":{"prompt_tokens":';
const USUAL_END =
  /,"usage":\{"prompt_tokens":(\d{1,15}),"total_tokens":\d+,"completion_tokens":(\d{1,15})(?:,"prompt_tokens_details":\{"cached_tokens":(\d{1,15})\})?\}\}\n\n$/y;

export class EventStream implements PassingStream {
  readonly #options: EventStreamOptions;
  #rest = '';
  #isDone = false;
  #hasError = false;
  #isOversized = false;

  constructor(options: EventStreamOptions) {
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

  /** Nobody numbers chunks. */
  get passedEvents(): number {
    return 0;
  }

  push(chunk: Buffer): Passed {
    if (this.#isDone) return { bytes: NOTHING, last: undefined };
    const text = this.#rest + chunk.toString('latin1');
    let out = '';
    let from = 0;
    // Where the last push ended there was no complete event, so the search need not begin before that.
    let end = eventEnd(text, Math.max(0, this.#rest.length - 3));
    while (end > 0) {
      const event = text.slice(from, end);
      from = end;
      if (DONE.test(event)) {
        this.#isDone = true;
        this.#rest = '';
        return { bytes: Buffer.from(out, 'latin1'), last: Buffer.from(event, 'latin1') };
      }
      out += this.#pass(event);
      end = eventEnd(text, from);
    }
    this.#rest = text.slice(from);
    this.#isOversized = this.#rest.length > this.#options.eventBytesMax;
    return { bytes: out === '' ? NOTHING : Buffer.from(out, 'latin1'), last: undefined };
  }

  #pass(event: string): string {
    if (event.includes('"error"') && objectMember(event, 'error')) this.#hasError = true;
    if (!event.includes('"usage"')) return event;
    return this.#passUsual(event) ?? this.#passAny(event);
  }

  /**
   * An event in the form that vLLM writes, without walking through all of it: the usage is its last member. What stands
   * there is no part of a text, for the quotes of a text are escaped. Undefined for an event of any other form.
   */
  #passUsual(event: string): string | undefined {
    const at = event.lastIndexOf(USUAL_USAGE);
    const choice = event.indexOf(USUAL_CHOICE);
    if (at < 0 || choice < 0 || choice > at) return undefined;
    USUAL_END.lastIndex = at;
    const found = USUAL_END.exec(event);
    if (!found) return undefined;
    this.#options.counts.observeChoice(Number.parseInt(event.slice(choice + USUAL_CHOICE.length, at), 10), {
      promptTokens: Number(found[1]),
      completionTokens: Number(found[2]),
      cachedTokens: Number(found[3] ?? 0),
    });
    if (this.#options.wanted === 'continuous') return event;
    return event.slice(0, at) + (this.#options.unasked === 'null' ? ',"usage":null}\n\n' : '}\n\n');
  }

  #passAny(event: string): string {
    const usage = objectMember(event, 'usage');
    if (!usage) return event;
    const counts = parseUsage(parseOrUndefined(event.slice(usage.valueStart, usage.valueEnd)));
    if (!counts) return event;
    const { wanted, unasked } = this.#options;
    if (hasNoChoices(event)) {
      this.#options.counts.observeFinal(counts);
      return wanted === 'none' ? '' : event;
    }
    this.#options.counts.observeChoice(choiceIndex(event), counts);
    if (wanted === 'continuous') return event;
    return unasked === 'null' ? replaceValue(event, usage, 'null') : removeMember(event, usage);
  }
}

/** Position after the blank line that ends the first event at or after `from`; 0 when it is not complete. */
export function eventEnd(text: string, from: number): number {
  let at = text.indexOf('\n', from);
  while (at >= 0) {
    if (text.charCodeAt(at + 1) === 0x0a) return at + 2;
    if (text.charCodeAt(at + 1) === 0x0d && text.charCodeAt(at + 2) === 0x0a) return at + 3;
    at = text.indexOf('\n', at + 1);
  }
  return 0;
}

/** A top-level member of an event's data. */
export function objectMember(event: string, name: string) {
  const from = objectStart(event);
  return from < 0 ? undefined : findMember(event, name, from);
}

function objectStart(event: string): number {
  const line = event.startsWith('data:') ? 0 : event.indexOf('\ndata:');
  return line < 0 ? -1 : event.indexOf('{', line + 5);
}

function hasNoChoices(event: string): boolean {
  const choices = objectMember(event, 'choices');
  return choices !== undefined && /^\[\s*\]$/.test(event.slice(choices.valueStart, choices.valueEnd));
}

function choiceIndex(event: string): number {
  const at = event.indexOf('"index":', event.indexOf('"choices"'));
  return at < 0 ? 0 : Number.parseInt(event.slice(at + 8, at + 20), 10) || 0;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
