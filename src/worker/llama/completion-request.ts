/**
 * What a client may ask of this engine, in vLLM's words. What the engine cannot do is refused with a word to say so: an
 * answer that left it out would be another answer than the one that was asked for.
 */
import { asFields, type Fields } from '../field-readers.ts';

export interface CompletionRequest {
  readonly prompt: PromptWish;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  /** Undefined: as many as have room. */
  readonly maxTokens: number | undefined;
  readonly ignoreEos: boolean;
  readonly stops: readonly string[];
  readonly sampling: Sampling;
}

export type PromptWish =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tokens'; readonly tokens: readonly number[] }
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[] };

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly seed: number | undefined;
  readonly repetitionPenalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
}

/** A refusal in OpenAI's form. */
export class RequestRefusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | null;

  constructor(status: number, type: string, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
  }
}

const STOPS_MAX = 16;
const STOP_CHARACTERS_MAX = 1_000;
const MESSAGES_MAX = 10_000;
/** Members that change nothing when they say this, and ask for something this engine cannot do when they do not. */
const UNABLE: readonly (readonly [name: string, isHarmless: (value: unknown) => boolean])[] = [
  ['n', (value) => value === 1],
  ['best_of', (value) => value === 1],
  ['echo', (value) => value === false],
  ['suffix', (value) => value === ''],
  ['logprobs', (value) => value === false],
  ['top_logprobs', (value) => value === 0],
  ['prompt_logprobs', () => false],
  ['logit_bias', (value) => isEmpty(value)],
  ['tools', (value) => isEmpty(value)],
  ['functions', (value) => isEmpty(value)],
  ['response_format', (value) => typeOf(value) === 'text'],
  ['structured_outputs', () => false],
  ['guided_json', () => false],
  ['guided_regex', () => false],
  ['guided_choice', () => false],
  ['guided_grammar', () => false],
  ['min_tokens', (value) => value === 0],
  ['stop_token_ids', (value) => isEmpty(value)],
  ['truncate_prompt_tokens', () => false],
  ['use_beam_search', (value) => value === false],
  ['prompt_embeds', () => false],
];

/** @throws RequestRefusal */
export function readCompletionRequest(body: unknown, kind: 'chat' | 'text'): CompletionRequest {
  const fields = fieldsOf(body);
  for (const [name, isHarmless] of UNABLE) {
    const value = fields[name];
    if (value !== undefined && value !== null && !isHarmless(value)) {
      throw wrong(name, `\`${name}\` is not available on this engine (llama.cpp on CPU). Leave it out.`);
    }
  }
  const streamOptions = fields['stream_options'] == null ? {} : fieldsOf(fields['stream_options']);
  const isStream = flag(fields, 'stream');
  return {
    prompt: kind === 'chat' ? chatOf(fields) : textOf(fields['prompt']),
    isStream,
    includeUsage: isStream && flag(streamOptions, 'include_usage'),
    continuousUsage:
      isStream && flag(streamOptions, 'include_usage') && flag(streamOptions, 'continuous_usage_stats'),
    maxTokens: maxTokensOf(fields, kind),
    ignoreEos: flag(fields, 'ignore_eos'),
    stops: stopsOf(fields['stop']),
    sampling: samplingOf(fields),
  };
}

export function fieldsOf(value: unknown): Fields {
  try {
    return asFields(value, 'The body');
  } catch {
    throw new RequestRefusal(400, 'BadRequestError', 'The request must be a JSON object.');
  }
}

function chatOf(fields: Fields): PromptWish {
  const { messages } = fields;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MESSAGES_MAX) {
    throw wrong('messages', '`messages` must be a list of at least one message.');
  }
  return { kind: 'chat', messages: messages.map(messageOf) };
}

function messageOf(value: unknown, index: number): ChatMessage {
  const param = `messages[${index}]`;
  const { role, content, ...rest } = fieldsOf(value);
  if (rest['tool_calls'] != null && !isEmpty(rest['tool_calls'])) {
    throw wrong(param, `${param}: this engine (llama.cpp on CPU) calls no tools.`);
  }
  const text = contentText(content, param);
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', text };
    case 'user':
    case 'assistant':
      return { role, text };
    default:
      throw wrong(param, `${param}: \`role\` must be system, developer, user or assistant.`);
  }
}

function contentText(content: unknown, param: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw wrong(param, `${param}: \`content\` must be a text.`);
  return content
    .map((part) => {
      const { type, text } = fieldsOf(part);
      if (type === 'text' && typeof text === 'string') return text;
      throw wrong(param, `${param}: this engine (llama.cpp on CPU) reads text only.`);
    })
    .join('\n');
}

function textOf(prompt: unknown): PromptWish {
  const [only, ...others] = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt : [prompt];
  if (others.length > 0) throw wrong('prompt', 'This engine takes one prompt in a request.');
  if (typeof only === 'string') return { kind: 'text', text: only };
  if (Array.isArray(only) && only.length > 0 && only.every((token) => isWhole(token))) {
    return { kind: 'tokens', tokens: only };
  }
  throw wrong('prompt', '`prompt` must be a text, or a list of tokens.');
}

function maxTokensOf(fields: Fields, kind: 'chat' | 'text'): number | undefined {
  const name = fields['max_completion_tokens'] == null ? 'max_tokens' : 'max_completion_tokens';
  const value = fields[name];
  if (value === undefined || value === null) return kind === 'text' ? 16 : undefined;
  if (!isWhole(value) || value < 1) throw wrong(name, `\`${name}\` must be a whole number from 1.`);
  return value;
}

function stopsOf(stop: unknown): string[] {
  const list = typeof stop === 'string' ? [stop] : (stop ?? []);
  const isRight =
    Array.isArray(list) &&
    list.length <= STOPS_MAX &&
    list.every((text) => typeof text === 'string' && text !== '' && text.length <= STOP_CHARACTERS_MAX);
  if (!isRight) throw wrong('stop', `\`stop\` must be a text, or a list of at most ${STOPS_MAX} texts.`);
  return list;
}

function samplingOf(fields: Fields): Sampling {
  const topK = number(fields, 'top_k', 0, -1, 1_000_000);
  return {
    temperature: number(fields, 'temperature', 1, 0, 2),
    topP: number(fields, 'top_p', 1, 0, 1),
    // Nought and less mean all.
    topK: topK > 0 ? Math.floor(topK) : 0,
    minP: number(fields, 'min_p', 0, 0, 1),
    seed:
      fields['seed'] == null
        ? undefined
        : Math.abs(Math.trunc(number(fields, 'seed', 0, -(2 ** 53), 2 ** 53))),
    repetitionPenalty: number(fields, 'repetition_penalty', 1, 0, 10),
    presencePenalty: number(fields, 'presence_penalty', 0, -2, 2),
    frequencyPenalty: number(fields, 'frequency_penalty', 0, -2, 2),
  };
}

function number(fields: Fields, name: string, otherwise: number, least: number, most: number): number {
  const value = fields[name];
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw wrong(name, `\`${name}\` must be a number from ${least} to ${most}.`);
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw wrong(name, `\`${name}\` must be true or false.`);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
}

function wrong(param: string, message: string): RequestRefusal {
  return new RequestRefusal(400, 'BadRequestError', message, param);
}
