import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';

const env = systemEnv(SILENT_LOG);

/** How the engine answers one request; read from the request's own body, field `script`. */
export interface Script {
  /** Chunks with one token each; 3 when absent. */
  readonly tokens?: number;
  readonly everyMs?: number;
  readonly firstAfterMs?: number;
  /** Characters of padding per chunk. */
  readonly padding?: number;
  /** Destroys the connection after this many tokens. */
  readonly dieAfter?: number;
  /** Sends an error event after this many tokens, then [DONE], as vLLM does. */
  readonly errorAfter?: number;
  /** Goes on for this many tokens after the client has half-closed, then ends. */
  readonly tokensAfterLeave?: number;
  /** Never ends by itself after the client has left. */
  readonly ignoresLeave?: boolean;
  readonly status?: number;
}

/** An engine in this process that does exactly what the request says, and remembers what it produced. */
export class ScriptedEngine {
  readonly #server: http.Server;
  readonly #left = new WeakSet<Socket>();
  readonly requests: { readonly url: string; readonly headers: http.IncomingHttpHeaders; body: string }[] =
    [];
  /** Tokens made per request id: the truth. */
  readonly produced = new Map<string, number>();
  connections = 0;
  port = 0;

  constructor() {
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    // As uvicorn sees it: the reading side ended, while what is written still goes out.
    (this.#server as http.Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      socket.on('end', () => this.#left.add(socket));
      socket.on('error', () => undefined);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts).toString('utf8');
    this.requests.push({ url: request.url ?? '', headers: request.headers, body });
    const order = (body === '' ? {} : JSON.parse(body)) as { stream?: boolean; script?: Script };
    const script = order.script ?? {};
    const id = String(request.headers['x-request-id']);
    if (order.stream) await this.#stream(request, response, id, script);
    else this.#unary(response, id, script);
  }

  #unary(response: http.ServerResponse, id: string, script: Script): void {
    const tokens = script.tokens ?? 3;
    this.produced.set(id, tokens);
    response.writeHead(script.status ?? 200, { 'content-type': 'application/json', 'x-engine': 'yes' });
    response.end(JSON.stringify({ choices: [{ text: 'é' }], usage: usageOf(tokens) }));
  }

  async #stream(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    id: string,
    script: Script,
  ): Promise<void> {
    const { tokens = 3, everyMs = 0, padding = 0 } = script;
    response.on('error', () => undefined);
    response.writeHead(script.status ?? 200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    await wait(script.firstAfterMs ?? 0);
    let afterLeave = 0;
    for (let made = 1; made <= tokens && !request.socket.destroyed; made++) {
      if (script.dieAfter !== undefined && made > script.dieAfter) {
        request.socket.destroy();
        return;
      }
      if (script.errorAfter !== undefined && made > script.errorAfter) {
        response.end('data: {"error":{"message":"broken","type":"x","code":500}}\n\ndata: [DONE]\n\n');
        return;
      }
      if (this.#left.has(request.socket) && !script.ignoresLeave) {
        if (afterLeave >= (script.tokensAfterLeave ?? 0)) {
          request.socket.end();
          return;
        }
        afterLeave += 1;
      }
      this.produced.set(id, made);
      const chunk = { choices: [{ index: 0, text: 'é'.padEnd(padding, 'x') }], usage: usageOf(made) };
      if (!response.write(`data: ${JSON.stringify(chunk)}\n\n`)) {
        await Promise.race([new Promise((resolve) => response.once('drain', resolve)), wait(2_000)]);
      }
      await wait(everyMs);
    }
    response.end(`data: ${JSON.stringify({ choices: [], usage: usageOf(tokens) })}\n\ndata: [DONE]\n\n`);
  }
}

function usageOf(tokens: number): Record<string, unknown> {
  return {
    prompt_tokens: 11,
    completion_tokens: tokens,
    total_tokens: 11 + tokens,
    prompt_tokens_details: { cached_tokens: 4 },
  };
}

function wait(ms: number): Promise<void> {
  return ms > 0 ? env.sleep(ms) : new Promise((resolve) => setImmediate(resolve));
}
