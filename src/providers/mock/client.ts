import { Agent, request } from 'undici';
import type * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { type CallFacts, errorOfSilence, errorOfUnreadable } from '#providers/call-errors.ts';
import { parseOrNull, readLimited } from '#providers/http-answer.ts';
import type { CallContext } from '#providers/provider.ts';
import { errorOfAnswer } from './errors.ts';

export interface ClientOptions {
  readonly provider: string;
  readonly baseUrl: string;
  readonly token: Secret;
  readonly clock: Clock;
}

export interface ClientCall<T> {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
}

/** The caller's signal is the deadline; this only frees sockets that it forgot. */
const IDLE_MS_MAX = 600_000;

/** One HTTP call to the cloud: sent once, read whole, checked, and every way to fail told as a ProviderError. */
export class MockCloudClient {
  readonly #options: ClientOptions;
  readonly #agent = new Agent({
    connections: 64,
    headersTimeout: IDLE_MS_MAX,
    bodyTimeout: IDLE_MS_MAX,
  });

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async call<T>(context: CallContext, call: ClientCall<T>): Promise<T> {
    const facts: CallFacts = {
      provider: this.#options.provider,
      operation: call.operation,
      isMutation: call.method !== 'GET',
    };
    if (context.signal.aborted) throw errorOfSilence(facts, context.signal.reason, false);
    const { status, text, retryAfter } = await this.#send(context, call, facts);
    if (status < 200 || status > 299) {
      const nowMs = this.#options.clock.now();
      throw errorOfAnswer(facts, { status, body: parseOrNull(text), retryAfter, nowMs });
    }
    try {
      return call.answer.parse(JSON.parse(text));
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
          authorization: `Bearer ${this.#options.token.reveal()}`,
          'x-correlation-id': context.correlationId,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
      const text = await readLimited(response.body);
      const after = response.headers['retry-after'];
      return {
        status: response.statusCode,
        text,
        retryAfter: typeof after === 'string' ? after : undefined,
      };
    } catch (error) {
      throw errorOfSilence(facts, error, true);
    }
  }

  #url(call: ClientCall<unknown>): URL {
    const url = new URL(call.path, this.#options.baseUrl);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      for (const one of [value].flat()) url.searchParams.append(name, one);
    }
    return url;
  }
}
