/** An agent's data port that does what a test says, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestTally } from '#contracts/worker.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';

const CLOCK = systemEnv(SILENT_LOG).clock;

export interface Received {
  readonly id: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
  readonly text: string;
  /** Set when the gateway closed the connection before the answer was complete. */
  cancelledAt: number | undefined;
}

export type Script = (request: Received, response: ServerResponse) => Promise<void> | void;

export class FakeAgent {
  readonly received: Received[] = [];
  readonly tallies = new Map<string, RequestTally>();
  readonly acknowledged: string[] = [];
  /** Times that a count was asked for. */
  asked = 0;
  script: Script;
  token: string | undefined;
  port = 0;
  readonly #server: Server;

  constructor(script: Script) {
    this.script = script;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        // A connection that was cut in the middle of a request is no fault of the agent.
        if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error;
      });
    });
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    this.port = address && typeof address === 'object' ? address.port : 0;
    return this;
  }

  /** A connection that did not come through the port. */
  accept(connection: Duplex): void {
    this.#server.emit('connection', connection);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  setTally(id: string, completionTokens: number, state: RequestTally['state'] = 'aborted'): void {
    this.tallies.set(id, {
      request_id: id,
      state,
      prompt_tokens: 5,
      completion_tokens: completionTokens,
      cached_tokens: 2,
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8');
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      refuse(response, 401, 'unauthorised');
    } else if (path === '/internal/usage/ack') {
      this.acknowledged.push(...(JSON.parse(text) as { request_ids: string[] }).request_ids);
      response.end('{}');
    } else if (path.startsWith('/internal/usage/')) {
      this.asked++;
      const tally = this.tallies.get(path.slice('/internal/usage/'.length));
      if (tally) response.setHeader('content-type', 'application/json').end(JSON.stringify(tally));
      else refuse(response, 404, 'usage_not_found');
    } else {
      const received: Received = {
        id: String(request.headers['x-request-id']),
        path,
        headers: request.headers,
        body: JSON.parse(text) as Record<string, unknown>,
        text,
        cancelledAt: undefined,
      };
      this.received.push(received);
      response.on('close', () => {
        if (!response.writableFinished) received.cancelledAt = CLOCK.monotonic();
      });
      await this.script(received, response);
    }
  }
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-inventiv-worker-error': code });
  response.end(JSON.stringify({ error: { message: code, type: 'server_error', param: null, code } }));
}

export function chunkOf(id: string, content: string, completionTokens: number): string {
  return `data: ${JSON.stringify({
    id,
    object: 'chat.completion.chunk',
    created: 1,
    model: 'org/m',
    choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
    usage: { prompt_tokens: 5, total_tokens: 5 + completionTokens, completion_tokens: completionTokens },
  })}\n\n`;
}

export function closingChunk(id: string, completionTokens: number): string {
  return `data: ${JSON.stringify({
    id,
    object: 'chat.completion.chunk',
    created: 1,
    model: 'org/m',
    choices: [],
    usage: {
      prompt_tokens: 5,
      total_tokens: 5 + completionTokens,
      completion_tokens: completionTokens,
      prompt_tokens_details: { cached_tokens: 2 },
    },
  })}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

/** A whole answer of `tokens` tokens, as a stream or not, as asked. */
export const answering =
  (tokens: number): Script =>
  (request, response) => {
    if (request.body['stream'] === true) {
      startStream(response);
      for (let i = 1; i <= tokens; i++) response.write(chunkOf(request.id, `t${i} `, i));
      response.end(closingChunk(request.id, tokens) + DONE);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: request.id,
        object: 'chat.completion',
        created: 1,
        model: 'org/m',
        choices: [{ index: 0, message: { role: 'assistant', content: 'whole' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 5, total_tokens: 5 + tokens, completion_tokens: tokens },
      }),
    );
  };
