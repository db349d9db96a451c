import type { CalledTool } from './answer-format.ts';
import { type ApiError, badRequest, modelNotFound, type Parsed } from './api-error.ts';
import { type ChatMessage, renderChat } from './chat-template.ts';
import { type Constraint, constraintOfChat } from './constrained-answer.ts';
import { isTokenId, tokenize } from './tokenizer.ts';

/** What a body asks for, checked by hand: this runs in a process whose start is counted in milliseconds. */
export interface GenerationRequest {
  readonly kind: 'chat' | 'completion' | 'message' | 'response';
  /** One prompt, or several for a completion. */
  readonly prompts: readonly (readonly number[])[];
  readonly n: number;
  /** Undefined when the client left it open. */
  readonly maxTokens: number | undefined;
  readonly minTokens: number;
  readonly ignoreEos: boolean;
  readonly stops: readonly string[];
  readonly seed: number;
  readonly cacheSalt: string;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  /** The answer token by token, where its form is prescribed. */
  readonly script: readonly string[] | undefined;
  /** The answer is a call of this tool, and `script` its arguments. */
  readonly tool: CalledTool | undefined;
  /** The request itself, for answers that repeat it. */
  readonly echo: Body;
}

export type Body = Record<string, unknown>;

export interface ServedModel {
  readonly names: readonly string[];
  readonly maxModelLen: number;
}

const CHOICES_MAX = 128;
const PROMPTS_MAX = 1024;

export function parseChat(body: Body, served: ServedModel): Parsed<GenerationRequest> {
  const messages = chatMessages(body['messages']);
  if (!messages.ok) return messages;
  const prompt = renderChat(messages.value, body['add_generation_prompt'] !== false, body['tools']);
  const maxTokens = body['max_completion_tokens'] ?? body['max_tokens'];
  return sampling('chat', body, {
    served,
    prompts: [prompt],
    maxTokens,
    constraint: constraintOfChat(body, prompt),
  });
}

export function parseCompletion(body: Body, served: ServedModel): Parsed<GenerationRequest> {
  if (body['echo'] === true) return refused('echo is not supported by this engine.', 'echo');
  const prompts = promptLists(body['prompt'], 'prompt');
  if (!prompts.ok) return prompts;
  return sampling('completion', body, {
    served,
    prompts: prompts.value,
    maxTokens: body['max_tokens'] ?? 16,
  });
}

/** A text, an array of texts, an array of token ids, or an array of those. */
export function promptLists(value: unknown, param: string): Parsed<number[][]> {
  if (typeof value === 'string') return { ok: true, value: [tokenize(value)] };
  if (!Array.isArray(value) || value.length === 0) {
    return refused(`Field required: ${param} must be a text or an array of token ids.`, param);
  }
  if (value.every(isTokenId)) return { ok: true, value: [value] };
  if (value.length > PROMPTS_MAX) return refused(`At most ${PROMPTS_MAX} prompts in one request.`, param);
  const lists: number[][] = [];
  for (const item of value) {
    if (typeof item === 'string') lists.push(tokenize(item));
    else if (Array.isArray(item) && item.every(isTokenId)) lists.push(item);
    else return refused(`${param} must hold texts or token ids.`, param);
  }
  return { ok: true, value: lists };
}

export function chatMessages(value: unknown): Parsed<ChatMessage[]> {
  if (!Array.isArray(value) || value.length === 0) return refused('Field required: messages', 'messages');
  const messages: ChatMessage[] = [];
  for (const item of value) {
    if (!isBody(item) || typeof item['role'] !== 'string') {
      return refused('Each message needs a role and a content.', 'messages');
    }
    const content = contentText(item['content']);
    if (content === undefined) return refused('This is not a multimodal model.', 'messages');
    const calls = item['tool_calls'];
    messages.push({ role: item['role'], content: calls ? `${content}${JSON.stringify(calls)}` : content });
  }
  return { ok: true, value: messages };
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses a model that is not served; a request without a model means the one that is. */
export function checkModel(body: Body, served: ServedModel): ApiError | undefined {
  const model = body['model'];
  if (model === undefined || model === null) return undefined;
  if (typeof model !== 'string') return badRequest('model must be a text.', 'model');
  return served.names.includes(model) ? undefined : modelNotFound(model);
}

export interface SamplingContext {
  readonly served: ServedModel;
  readonly prompts: readonly number[][];
  readonly maxTokens: unknown;
  readonly constraint?: Constraint | undefined;
}

export function sampling(
  kind: GenerationRequest['kind'],
  body: Body,
  { served, prompts, maxTokens, constraint }: SamplingContext,
): Parsed<GenerationRequest> {
  const options = isBody(body['stream_options']) ? body['stream_options'] : undefined;
  const isStream = body['stream'] === true;
  if (options && !isStream)
    return refused('Stream options can only be defined when `stream=True`.', 'stream_options');
  const limits = {
    n: integer(body['n'] ?? 1, 1, CHOICES_MAX),
    max: maxTokens === undefined || maxTokens === null ? undefined : integer(maxTokens, 1),
    min: integer(body['min_tokens'] ?? 0, 0),
  };
  if (limits.n === undefined) return refused(`n must be between 1 and ${CHOICES_MAX}.`, 'n');
  if (limits.min === undefined)
    return refused('min_tokens must be greater than or equal to 0.', 'min_tokens');
  if (maxTokens !== undefined && maxTokens !== null && limits.max === undefined) {
    return refused(`max_tokens must be at least 1, got ${JSON.stringify(maxTokens)}.`, 'max_tokens');
  }
  const temperature = body['temperature'] ?? 0;
  if (typeof temperature !== 'number' || temperature < 0) {
    return refused(`temperature must be non-negative, got ${JSON.stringify(temperature)}.`, 'temperature');
  }
  const stops = stopTexts(body['stop']);
  if (!stops) return refused('stop must be a non-empty text or an array of them.', 'stop');
  const tooLong = checkLength(kind, prompts, limits.max, served.maxModelLen);
  if (tooLong) return { ok: false, error: tooLong };
  const includeUsage = options?.['include_usage'] === true;
  return {
    ok: true,
    value: {
      kind,
      prompts,
      n: limits.n,
      maxTokens: limits.max,
      minTokens: limits.min,
      ignoreEos: body['ignore_eos'] === true,
      stops,
      seed: integer(body['seed'] ?? 0) ?? 0,
      cacheSalt: typeof body['cache_salt'] === 'string' ? body['cache_salt'] : '',
      isStream,
      includeUsage,
      continuousUsage: includeUsage && options?.['continuous_usage_stats'] === true,
      script: constraint?.tokens,
      tool: constraint?.tool,
      echo: body,
    },
  };
}

/** An empty prompt cannot be computed; an answer needs room for one token at least. */
function checkLength(
  kind: GenerationRequest['kind'],
  prompts: readonly number[][],
  maxTokens: number | undefined,
  maxModelLen: number,
): ApiError | undefined {
  for (const { length } of prompts) {
    if (length === 0) return badRequest('The decoder prompt cannot be empty', 'prompt');
    const asked = maxTokens ?? 1;
    if (length + asked <= maxModelLen) continue;
    const where = kind === 'completion' ? 'prompt' : kind === 'response' ? 'input' : 'messages';
    return badRequest(
      `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${length + asked} tokens ` +
        `(${length} in the ${where}, ${asked} in the completion). Please reduce the length of the ${where} or completion.`,
      where,
    );
  }
  return undefined;
}

export function contentText(content: unknown): string | undefined {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts: string[] = [];
  for (const part of content) {
    if (!isBody(part) || typeof part['text'] !== 'string') return undefined;
    texts.push(part['text']);
  }
  return texts.join('\n');
}

function stopTexts(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((item): item is string => typeof item === 'string' && item.length > 0) ? list : undefined;
}

function integer(
  value: unknown,
  min = -Number.MAX_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
    ? value
    : undefined;
}

export function refused(message: string, param: string): { ok: false; error: ApiError } {
  return { ok: false, error: badRequest(message, param) };
}
