import http from 'node:http';
import https from 'node:https';
import { type Fields, parseFields } from './field-readers.ts';

export interface ControlAnswer {
  readonly status: number;
  /** Undefined when the body is not a JSON object. */
  readonly body: Fields | undefined;
  readonly retryAfterMs: number | undefined;
}

export interface ControlRequest {
  readonly path: string;
  readonly body: unknown;
  readonly bearer: string | undefined;
  readonly timeoutMs: number;
  /** A new connection must stand within this time; the whole limit when absent. */
  readonly connectMs?: number;
  readonly signal: AbortSignal;
}

const RESPONSE_BYTES_MAX = 256 * 1024;

/** The agent's way to the control plane: one kept connection, one request at a time, every request with a limit. */
export class ControlClient {
  readonly #base: URL;
  readonly #module: typeof http | typeof https;
  readonly #agent: http.Agent;

  constructor(controlUrl: string) {
    this.#base = new URL(controlUrl);
    this.#module = this.#base.protocol === 'https:' ? https : http;
    this.#agent = new this.#module.Agent({ keepAlive: true, maxSockets: 2 });
  }

  /** Rejects when no answer came; a bad answer is an answer. */
  async post(request: ControlRequest): Promise<ControlAnswer> {
    const limit = AbortSignal.timeout(request.timeoutMs);
    const signal = AbortSignal.any([request.signal, limit]);
    try {
      return await this.#send(request, signal);
    } catch (error) {
      // A kept connection that the server had just closed: the same request once more, on a fresh one.
      if (!(error instanceof StaleConnection)) throw error;
      return await this.#send(request, signal);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(request: ControlRequest, signal: AbortSignal): Promise<ControlAnswer> {
    const body = Buffer.from(JSON.stringify(request.body));
    return new Promise((resolve, reject) => {
      const outgoing = this.#module.request(
        {
          protocol: this.#base.protocol,
          hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
          port: this.#base.port,
          path: this.#base.pathname.replace(/\/$/, '') + request.path,
          method: 'POST',
          agent: this.#agent,
          signal,
          headers: {
            'content-type': 'application/json',
            'content-length': body.length,
            accept: 'application/json',
            ...(request.bearer === undefined ? {} : { authorization: `Bearer ${request.bearer}` }),
          },
        },
        (incoming) => {
          collectBody(incoming).then((text) => resolve(answerOf(incoming, text)), reject);
        },
      );
      if (request.connectMs !== undefined) limitConnecting(outgoing, request.connectMs);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(isStale ? new StaleConnection() : error);
      });
      outgoing.end(body);
    });
  }
}

function limitConnecting(outgoing: http.ClientRequest, limitMs: number): void {
  outgoing.once('socket', (socket) => {
    if (!socket.connecting) return;
    AbortSignal.timeout(limitMs).addEventListener('abort', () => {
      if (socket.connecting) outgoing.destroy(new Error(`No connection stood within ${limitMs} ms.`));
    });
  });
}

class StaleConnection extends Error {}

async function collectBody(incoming: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > RESPONSE_BYTES_MAX) throw new Error('The control plane answered more than the agent reads.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function answerOf(incoming: http.IncomingMessage, text: string): ControlAnswer {
  const retryAfter = Number(incoming.headers['retry-after']);
  return {
    status: incoming.statusCode ?? 0,
    body: tryFields(text),
    retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : undefined,
  };
}

function tryFields(text: string): Fields | undefined {
  try {
    return parseFields(text, 'The answer');
  } catch {
    return undefined;
  }
}
