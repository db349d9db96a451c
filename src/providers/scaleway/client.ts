import { Agent, type Dispatcher, request } from 'undici';
import * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { type CallFacts, errorOfSilence, errorOfUnreadable } from '#providers/call-errors.ts';
import { parseOrNull, readLimited } from '#providers/http-answer.ts';
import type { CallContext } from '#providers/provider.ts';
import { errorOfAnswer } from './errors.ts';

export interface ClientOptions {
  readonly provider: string;
  readonly baseUrl: string;
  readonly secretKey: Secret;
  readonly clock: Clock;
}

export interface ClientCall<T> {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, in place of JSON. */
  readonly text?: string;
  readonly answer: z.ZodType<T>;
}

export interface Answered<T> {
  readonly value: T;
  /** How many there are on all pages together, where the API tells it in a header. */
  readonly total: number | undefined;
}

export const anything = z.unknown();

/** The caller's signal is the deadline; this only frees sockets that it forgot. */
const IDLE_MS_MAX = 600_000;

/** One HTTP call: sent once, read whole, checked, and every way to fail told as a ProviderError. */
export class ScalewayClient {
  readonly provider: string;
  readonly #options: ClientOptions;
  readonly #agent = new Agent({
    connections: 32,
    headersTimeout: IDLE_MS_MAX,
    bodyTimeout: IDLE_MS_MAX,
  });

  constructor(options: ClientOptions) {
    this.#options = options;
    this.provider = options.provider;
  }

  async call<T>(context: CallContext, call: ClientCall<T>): Promise<T> {
    return (await this.callWhole(context, call)).value;
  }

  async callWhole<T>(context: CallContext, call: ClientCall<T>): Promise<Answered<T>> {
    const facts: CallFacts = {
      provider: this.provider,
      operation: call.operation,
      isMutation: call.method !== 'GET',
    };
    if (context.signal.aborted) throw errorOfSilence(facts, context.signal.reason, false);
    const { status, text, headers } = await this.#send(context, call, facts);
    if (status < 200 || status > 299) {
      const nowMs = this.#options.clock.now();
      const [retryAfter, requestId] = [wordOf(headers, 'retry-after'), wordOf(headers, 'x-request-id')];
      throw errorOfAnswer(facts, { status, body: parseOrNull(text), retryAfter, requestId, nowMs });
    }
    try {
      const value = call.answer.parse(text === '' ? undefined : JSON.parse(text));
      return { value, total: numberOf(wordOf(headers, 'x-total-count')) };
    } catch (error) {
      throw errorOfUnreadable(facts, status, error);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(context: CallContext, call: ClientCall<unknown>, facts: CallFacts) {
    try {
      const response = await request(this.#url(call), {
        dispatcher: this.#agent,
        method: call.method,
        signal: context.signal,
        headers: {
          'x-auth-token': this.#options.secretKey.reveal(),
          'user-agent': 'inventiv-agents',
          ...contentOf(call),
        },
        ...bodyOf(call),
      });
      const text = await readLimited(response.body);
      return { status: response.statusCode, text, headers: response.headers };
    } catch (error) {
      throw errorOfSilence(facts, error, true);
    }
  }

  #url(call: ClientCall<unknown>): URL {
    const url = new URL(call.path, this.#options.baseUrl);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.append(name, value);
    return url;
  }
}

function contentOf(call: ClientCall<unknown>): Record<string, string> {
  if (call.text !== undefined) return { 'content-type': 'text/plain' };
  return call.body === undefined ? {} : { 'content-type': 'application/json' };
}

function bodyOf(call: ClientCall<unknown>): { body?: string } {
  if (call.text !== undefined) return { body: call.text };
  return call.body === undefined ? {} : { body: JSON.stringify(call.body) };
}

function wordOf(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function numberOf(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}
