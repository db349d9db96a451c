/**
 * Puts the whole answer together from a stream's events: texts and lists of a choice are joined, everything else is what
 * was said last. Which members the whole answer has, and in which order, is the template's business: it is an answer of
 * the same engine to a request of the same kind.
 */
export type Json = Readonly<Record<string, unknown>>;

/** A whole answer of this engine, as it wrote it. */
export interface AnswerTemplate {
  readonly top: Json;
  readonly choice: Json;
  /** Undefined for completions, whose text is a member of the choice. */
  readonly message: Json | undefined;
  readonly usage: Json;
}

export interface EngineError {
  readonly status: number;
  readonly body: string;
}

interface Choice {
  /** Members of the choice itself. */
  readonly own: Map<string, unknown>;
  /** What its deltas said, joined. */
  readonly message: Map<string, unknown>;
}

const LINE = /\r?\n/;
const DONE = '[DONE]';

export class AnswerFold {
  readonly #template: AnswerTemplate;
  readonly #top = new Map<string, unknown>();
  readonly #choices = new Map<number, Choice>();
  #usage: Json | undefined;
  #rest = '';
  #decoder = new TextDecoder();
  #isDone = false;
  error: EngineError | undefined;

  constructor(template: AnswerTemplate) {
    this.#template = template;
  }

  /** The engine wrote its end marker, so the answer is whole. */
  get isDone(): boolean {
    return this.#isDone;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(LINE);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) this.#event(line.slice(5).trim());
  }

  answer(): string {
    const { top, usage } = this.#template;
    const choices = [...this.#choices]
      .sort(([a], [b]) => a - b)
      .map(([index, choice]) => this.#foldChoice(index, choice));
    const folded: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(top)) folded[name] = this.#top.get(name) ?? value;
    for (const [name, value] of this.#top) folded[name] ??= value;
    folded['object'] = top['object'];
    folded['choices'] = choices;
    folded['usage'] = filled(usage, new Map(Object.entries(this.#usage ?? {})));
    return JSON.stringify(folded);
  }

  #event(text: string): void {
    if (text === DONE) {
      this.#isDone = true;
      return;
    }
    const event = parse(text);
    if (!event) return;
    if (event['error']) {
      this.error = errorOf(event);
      return;
    }
    const choices = Array.isArray(event['choices']) ? event['choices'] : [];
    for (const choice of choices) if (isJson(choice)) this.#take(choice);
    if (choices.length === 0 && isJson(event['usage'])) this.#usage = event['usage'];
    for (const [name, value] of Object.entries(event)) {
      if (name === 'choices' || name === 'usage' || name === 'object' || value === null) continue;
      if (!this.#top.has(name)) this.#top.set(name, value);
    }
  }

  #take(said: Json): void {
    const index = Number(said['index'] ?? 0);
    const choice = this.#choices.get(index) ?? { own: new Map(), message: new Map() };
    this.#choices.set(index, choice);
    for (const [name, value] of Object.entries(said)) {
      if (name === 'delta') {
        if (isJson(value))
          for (const [part, piece] of Object.entries(value)) join(choice.message, part, piece);
      } else if (name === 'text') {
        join(choice.own, name, value);
      } else if (value !== null) {
        choice.own.set(name, value);
      }
    }
  }

  #foldChoice(index: number, { own, message }: Choice): Json {
    const template = this.#template;
    own.set('index', index);
    if (!template.message) {
      if (!own.has('text')) own.set('text', '');
      return filled(template.choice, own);
    }
    if (!message.has('content')) message.set('content', '');
    own.set('message', filled(template.message, message));
    return filled(template.choice, own);
  }
}

/** The template's members in its order, with what was said; then what was said besides. */
function filled(template: Json, said: ReadonlyMap<string, unknown>): Json {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(template)) {
    if (said.has(name)) result[name] = said.get(name);
    else if (value === null) result[name] = null;
    else if (Array.isArray(value)) result[name] = [];
  }
  for (const [name, value] of said) if (!(name in result)) result[name] = value;
  return result;
}

function join(into: Map<string, unknown>, name: string, piece: unknown): void {
  if (piece === null || piece === undefined) return;
  const before = into.get(name);
  // The role is said once, or with each piece.
  if (name === 'role' || before === undefined) into.set(name, piece);
  else if (typeof before === 'string' && typeof piece === 'string') into.set(name, before + piece);
  else if (Array.isArray(before) && Array.isArray(piece)) into.set(name, [...before, ...piece]);
  else into.set(name, piece);
}

function errorOf(event: Json): EngineError {
  const code = isJson(event['error']) ? Number(event['error']['code']) : Number.NaN;
  const status = Number.isInteger(code) && code >= 400 && code < 600 ? code : 500;
  return { status, body: JSON.stringify(event) };
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
