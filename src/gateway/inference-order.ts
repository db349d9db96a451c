import { isUtf8 } from 'node:buffer';
import { AppError } from '#kernel/errors.ts';
import { findMember, insertFirst, replaceValue } from '#kernel/json-members.ts';
import type { InferenceEndpoint } from './endpoints.ts';
import type { WantedUsage } from './event-stream.ts';
import { refuseStoredState } from './responses-rules.ts';

/** What a body asks for, as far as the gateway must know. The engine judges the rest. */
export interface InferenceOrder {
  readonly model: string;
  readonly isStream: boolean;
  readonly wantedUsage: WantedUsage;
  /** Choices per prompt. */
  readonly choices: number;
  readonly streamOptions: unknown;
  /** Its stream can carry usage in each chunk, when that is asked for. */
  readonly canCarryUsage: boolean;
  /** As parsed; never written again. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The longest answer that the client allows. */
  readonly outputTokensMax: number | undefined;
}

const MODEL_NAME_MAX = 300;

/** @throws request.malformed, request.invalid */
export function parseOrder(bytes: Buffer, endpoint: InferenceEndpoint): InferenceOrder {
  const body = parseBody(bytes);
  const model = body['model'];
  if (typeof model !== 'string' || model === '' || model.length > MODEL_NAME_MAX) {
    throw invalid('model', 'model must be the name of a model.');
  }
  const stream = body['stream'] ?? false;
  if (typeof stream !== 'boolean') throw invalid('stream', 'stream must be true or false.');
  if (stream && endpoint.stream === undefined) throw invalid('stream', 'This endpoint does not stream.');
  if (endpoint.stream === 'responses') refuseStoredState(body);
  const choices = body['n'];
  const canCarryUsage = stream && endpoint.stream === 'chunks';
  return {
    model,
    isStream: stream,
    wantedUsage: canCarryUsage ? wantedUsage(body['stream_options']) : 'none',
    choices: typeof choices === 'number' && Number.isSafeInteger(choices) && choices > 0 ? choices : 1,
    streamOptions: body['stream_options'],
    canCarryUsage,
    body,
    outputTokensMax: outputLimitOf(body),
  };
}

const OUTPUT_LIMITS = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'] as const;

function outputLimitOf(body: Record<string, unknown>): number | undefined {
  for (const name of OUTPUT_LIMITS) {
    const value = body[name];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  }
  return undefined;
}

/**
 * The bytes that go to the engine: as they came, but for the name under which it serves the model, and for the usage
 * that is always asked of a stream, and for the salt of guests. Options that are no object are left for the engine to
 * refuse.
 */
export function bytesForEngine(
  bytes: Buffer,
  order: InferenceOrder,
  servedName: string,
  cacheSalt?: string,
): Buffer {
  const options = order.streamOptions ?? undefined;
  const asksUsage = order.canCarryUsage && (options === undefined || isObject(options));
  if (order.model === servedName && !asksUsage && cacheSalt === undefined) return bytes;
  let text = bytes.toString('latin1');
  if (order.model !== servedName) text = withValue(text, 'model', asLatin1(JSON.stringify(servedName)));
  if (cacheSalt !== undefined) text = withValue(text, 'cache_salt', JSON.stringify(cacheSalt));
  if (asksUsage) {
    const asked = {
      ...(isObject(options) ? options : {}),
      include_usage: true,
      continuous_usage_stats: true,
    };
    text = withValue(text, 'stream_options', asLatin1(JSON.stringify(asked)));
  }
  return Buffer.from(text, 'latin1');
}

function withValue(text: string, name: string, value: string): string {
  const member = findMember(text, name);
  return member ? replaceValue(text, member, value) : insertFirst(text, name, value);
}

function parseBody(bytes: Buffer): Record<string, unknown> {
  if (!isUtf8(bytes)) throw new AppError('request.malformed', { publicMessage: 'The body is not UTF-8.' });
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new AppError('request.malformed', { cause: error });
  }
  if (!isObject(body)) {
    throw new AppError('request.malformed', { publicMessage: 'The body must be a JSON object.' });
  }
  return body;
}

/** vLLM honours continuous usage only together with the closing usage chunk. */
function wantedUsage(options: unknown): WantedUsage {
  if (!isObject(options) || options['include_usage'] !== true) return 'none';
  return options['continuous_usage_stats'] === true ? 'continuous' : 'final';
}

function invalid(param: string, publicMessage: string): AppError {
  return new AppError('request.invalid', { publicMessage, details: { param } });
}

/** A text in the one-character-per-byte form in which bodies are edited. */
function asLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
