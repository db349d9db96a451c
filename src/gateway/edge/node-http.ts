/**
 * The general parser: node:http on connections that somebody else accepted. Its own timers end slow headers, slow
 * bodies and idle connections; a request that it cannot parse is answered in the shape that OpenAI clients read, and
 * its connection is closed. Requests that a client sends ahead are handled one after the other.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { ClientLeftError, type EdgeRequest, type Exchange } from '../edge.ts';
import { refusalOf } from './answer-head.ts';
import { type EdgeContext, HEAD_BYTES_MAX } from './edge-options.ts';

const CHECK_INTERVAL_MS = 1_000;
/** Requests that one client may have sent ahead; a client that sends more is cut. */
const AHEAD_MAX = 64;

export class NodeHttp {
  readonly #context: EdgeContext;
  readonly #server: Server;
  readonly #lines = new Map<Socket, WaitingLine>();
  #isStopping = false;

  constructor(context: EdgeContext) {
    this.#context = context;
    const options = {
      maxHeaderSize: HEAD_BYTES_MAX,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      insecureHTTPParser: false,
      // Its refusal would not have our shape; the rules for requests refuse what has no host.
      requireHostHeader: false,
    };
    const server = createServer(options, (request, response) => this.#take(request, response));
    // Node would cut off headers above its own count in silence; ours are counted and refused.
    server.maxHeadersCount = 0;
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const refuse = () => refuseUnparsable(error, socket, context.newRequestId());
      const line = this.#lines.get(socket as Socket);
      if (line) line.endWith(refuse);
      else refuse();
    });
    this.#server = server;
    this.#readFigures();
    // It listens nowhere; this starts its checks of slow and idle connections.
    server.emit('listening');
  }

  accept(socket: Socket): void {
    this.#readFigures();
    this.#server.emit('connection', socket);
  }

  /** Each connection ends with its next answer. */
  drain(): void {
    this.#isStopping = true;
  }

  closeIdle(idleMs: number): void {
    if (idleMs === 0) {
      this.#server.closeIdleConnections();
      return;
    }
    const idleSinceMs = this.#context.env.clock.monotonic() - idleMs;
    for (const [socket, line] of this.#lines) if (line.idleSinceMs <= idleSinceMs) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #readFigures(): void {
    const { headMs, bodyMs, keepAliveMs, inactivityMs } = this.#context.figures;
    this.#server.headersTimeout = headMs;
    this.#server.requestTimeout = headMs + bodyMs;
    this.#server.keepAliveTimeout = keepAliveMs;
    this.#server.timeout = inactivityMs;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#readFigures();
    socket.setTimeout(this.#server.timeout);
    let line = this.#lines.get(socket);
    if (!line) {
      line = new WaitingLine(this.#context.env.clock);
      this.#lines.set(socket, line);
      socket.on('close', () => this.#lines.delete(socket));
    }
    line.enter(request, response, () => {
      this.#context.handle(new NodeExchange(request, response, () => this.#isStopping));
    });
  }
}

/** The requests of one connection, of which one is handled at a time. */
class WaitingLine {
  readonly #waiting: (() => void)[] = [];
  #newest: IncomingMessage | undefined;
  #isBusy = false;
  #isHandlingNewest = false;
  #isCut = false;
  /** Infinite while a request is under way. */
  idleSinceMs = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  #last: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What cannot be read came after requests that could: they are answered first. */
  endWith(refuse: () => void): void {
    if (this.#isCut || this.#last) return;
    this.#last = refuse;
    const isHalf = this.#newest?.complete === false;
    // The newest one itself is what cannot be read: it is refused in its turn.
    if (isHalf && !this.#isHandlingNewest) this.#waiting.pop();
    if (!this.#isBusy || (isHalf && this.#isHandlingNewest)) refuse();
  }

  enter(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
    if (this.#isCut || this.#last) return;
    response.on('close', () => {
      if (response.writableFinished) this.#next();
      else this.#cut();
    });
    this.#newest = request;
    this.#isHandlingNewest = !this.#isBusy;
    if (!this.#isBusy) {
      this.#isBusy = true;
      this.idleSinceMs = Number.POSITIVE_INFINITY;
      begin();
    } else if (this.#waiting.length < AHEAD_MAX) {
      this.#waiting.push(begin);
    } else {
      this.#cut();
      response.destroy();
    }
  }

  /** The connection is over: what waits will never be answered. */
  #cut(): void {
    this.#isCut = true;
    this.#waiting.length = 0;
  }

  #next(): void {
    const begin = this.#waiting.shift();
    this.#isBusy = begin !== undefined;
    this.#isHandlingNewest = this.#isBusy && this.#waiting.length === 0;
    this.idleSinceMs = begin ? Number.POSITIVE_INFINITY : this.#clock.monotonic();
    if (begin) begin();
    else this.#last?.();
  }
}

class NodeExchange implements Exchange {
  readonly request: EdgeRequest;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isLast: () => boolean;
  #hasClientLeft = false;
  #leftListener: (() => void) | undefined;
  #drainListener: (() => void) | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse, isLast: () => boolean) {
    this.#incoming = incoming;
    this.#response = response;
    this.#isLast = isLast;
    this.request = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      httpVersion: incoming.httpVersion,
      rawHeaders: incoming.rawHeaders,
    };
    this.#hasClientLeft = response.closed;
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
      if (incoming.destroyed && !incoming.complete) reject(new ClientLeftError());
    });
  }

  async *bodyParts(bytesMax: number): AsyncGenerator<Buffer> {
    const incoming = this.#incoming;
    let size = Number(incoming.headers['content-length'] ?? 0) > bytesMax ? Number.POSITIVE_INFINITY : 0;
    try {
      // Left open: a refusal must still reach the client.
      for await (const part of incoming.iterator({ destroyOnReturn: false })) {
        size += (part as Buffer).length;
        if (size > bytesMax) throw new AppError('request.too_large');
        yield part as Buffer;
      }
    } catch (error) {
      throw incoming.complete || error instanceof AppError ? error : new ClientLeftError();
    } finally {
      // What is left of it is read and dropped, so that the answer can reach a client that is still writing.
      incoming.resume();
    }
    if (!incoming.complete) throw new ClientLeftError();
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(status, this.#isLast() ? { ...headers, connection: 'close' } : { ...headers });
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

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function refuseUnparsable(error: NodeJS.ErrnoException, socket: Duplex, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(refusalOf(STATUS_BY_CODE[error.code ?? ''] ?? 400, requestId));
}
