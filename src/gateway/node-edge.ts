/**
 * The edge on node:http. Its own timers end slow headers, slow bodies and idle connections; a request that it cannot
 * parse is answered in the shape that OpenAI clients read, and its connection is closed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '#kernel/errors.ts';
import {
  ClientLeftError,
  type Edge,
  type EdgeRequest,
  type Exchange,
  type ExchangeHandler,
  type ListenPlace,
} from './edge.ts';
import { errorBody } from './openai-error.ts';

export interface NodeEdgeOptions {
  readonly place: ListenPlace;
  /** A connection on which nothing moves for so long is cut: its client neither reads nor leaves. */
  readonly inactivityMs: () => number;
  /** For answers to what never became a request. */
  readonly newRequestId: () => string;
}

const HEADER_BYTES_MAX = 16_384;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 75_000;
const CHECK_INTERVAL_MS = 2_000;

export async function startNodeEdge(options: NodeEdgeOptions, handle: ExchangeHandler): Promise<Edge> {
  let isStopping = false;
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      noDelay: true,
      insecureHTTPParser: false,
    },
    (request, response) => {
      server.timeout = options.inactivityMs();
      request.socket.setTimeout(server.timeout);
      if (isStopping) response.setHeader('connection', 'close');
      handle(new NodeExchange(request, response));
    },
  );
  // Node would cut off headers above its own count in silence; ours are counted and refused.
  server.maxHeadersCount = 0;
  server.timeout = options.inactivityMs();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerUnparsable(error, socket, options.newRequestId());
  });
  await listen(server, options.place);
  const address = server.address();
  return {
    port: address && typeof address === 'object' ? address.port : 0,
    drain() {
      isStopping = true;
      // Not http's close, which cuts idle connections: a request may be on its way on each of them.
      NetServer.prototype.close.call(server);
    },
    closeIdle: () => server.closeIdleConnections(),
    stopAccepting() {
      isStopping = true;
      server.close();
      server.closeIdleConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class NodeExchange implements Exchange {
  readonly request: EdgeRequest;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  #hasClientLeft = false;
  #leftListener: (() => void) | undefined;
  #drainListener: (() => void) | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse) {
    this.#incoming = incoming;
    this.#response = response;
    this.request = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      httpVersion: incoming.httpVersion,
      rawHeaders: incoming.rawHeaders,
    };
    response.on('close', () => {
      if (response.writableFinished) return;
      this.#hasClientLeft = true;
      this.#leftListener?.();
    });
    response.on('drain', () => this.#drainListener?.());
    // The error of a broken connection says no more than its close.
    response.on('error', () => undefined);
    incoming.on('error', () => undefined);
  }

  get hasClientLeft(): boolean {
    return this.#hasClientLeft;
  }

  get hasStarted(): boolean {
    return this.#response.headersSent;
  }

  onClientLeft(listener: () => void): void {
    this.#leftListener = listener;
    if (this.#hasClientLeft) listener();
  }

  readBody(bytesMax: number): Promise<Buffer> {
    const incoming = this.#incoming;
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      let size = 0;
      const refuse = () => {
        incoming.removeAllListeners('data');
        // What is left of it is read and dropped, so that the answer can reach a client that is still writing.
        incoming.resume();
        reject(new AppError('request.too_large'));
      };
      if (Number(incoming.headers['content-length'] ?? 0) > bytesMax) {
        refuse();
        return;
      }
      incoming.on('data', (part: Buffer) => {
        size += part.length;
        if (size > bytesMax) refuse();
        else parts.push(part);
      });
      incoming.on('end', () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)));
      incoming.on('close', () => {
        if (!incoming.complete) reject(new ClientLeftError());
      });
    });
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (!this.#response.headersSent) this.#response.writeHead(status, { ...headers });
  }

  write(bytes: Buffer): boolean {
    return this.#response.write(bytes);
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  end(bytes?: Buffer): void {
    if (bytes) this.#response.end(bytes);
    else this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

function listen(server: Server, place: ListenPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen('handle' in place ? place.handle : place, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function answerUnparsable(error: NodeJS.ErrnoException, socket: Duplex, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(
    errorBody(new AppError('request.invalid', { publicMessage: 'This is not a valid HTTP request.' })),
  );
  const head = [
    `HTTP/1.1 ${STATUS_LINES[error.code ?? ''] ?? '400 Bad Request'}`,
    `x-request-id: ${requestId}`,
    `request-id: ${requestId}`,
    'x-should-retry: false',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
