/**
 * Listens for clients, on TCP or TLS, and gives each connection to its parser. Connections above the limit, which the
 * descriptors of the process lower, are closed at once.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Env } from '#kernel/env.ts';
import { LISTEN_BACKLOG } from '#kernel/listen-backlog.ts';
import { Deadlines } from '../deadlines.ts';
import type { Edge, ExchangeHandler, ListenPlace } from '../edge.ts';
import { HttpDate } from './answer-head.ts';
import { connectionsByDescriptors } from './descriptor-limit.ts';
import type { EdgeContext, EdgeOptions, TlsFiles } from './edge-options.ts';
import { FastConnection, type FastContext } from './fast-connection.ts';
import { NodeHttp } from './node-http.ts';
import { followFiles, readCertifiedKey } from './tls-files.ts';

const KEEP_ALIVE_PROBE_MS = 30_000;
const TICK_MS_MAX = 500;
const SOCKET_OPTIONS = {
  // A client that closes its side is noticed by us, not answered by the runtime.
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
};

export async function startEdge(env: Env, options: EdgeOptions, handle: ExchangeHandler): Promise<Edge> {
  const edge = new ListeningEdge({ ...options, env, handle });
  await edge.listen(options.place);
  return edge;
}

class ListeningEdge implements Edge {
  readonly #context: EdgeContext;
  readonly #fastContext: FastContext;
  readonly #server: Server;
  readonly #http: NodeHttp;
  readonly #sockets = new Set<Socket>();
  readonly #fast = new Set<FastConnection>();
  readonly #deadlines: Deadlines;
  readonly #stopping = new AbortController();
  readonly #descriptorsMax = connectionsByDescriptors();
  #following: Promise<void> = Promise.resolve();
  #port = 0;
  #isDraining = false;

  constructor(context: EdgeContext) {
    const { env, figures } = context;
    this.#context = context;
    this.#deadlines = new Deadlines(env, () =>
      Math.min(TICK_MS_MAX, figures.headMs / 4, figures.bodyMs / 4, figures.keepAliveMs / 4),
    );
    this.#http = new NodeHttp(context);
    this.#fastContext = {
      ...context,
      deadlines: this.#deadlines,
      date: new HttpDate(env),
      isDraining: () => this.#isDraining,
      isStopping: () => this.#stopping.signal.aborted,
      handOver: (socket) => this.#http.accept(socket),
      onGone: (connection) => this.#fast.delete(connection),
    };
    this.#server = context.tls ? this.#secureServer(context.tls) : this.#plainServer();
    this.#server.maxConnections = this.#connectionsMax;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      this.#server.maxConnections = this.#connectionsMax;
    });
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  listen(place: ListenPlace): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const onListening = () => {
        this.#server.off('error', reject);
        // Without a free descriptor an accept fails; a later one succeeds.
        this.#server.on('error', (error) => this.#context.env.log.warn({ error }, 'a connection failed'));
        const address = this.#server.address();
        this.#port = address && typeof address === 'object' ? address.port : 0;
        resolve();
      };
      if ('handle' in place) this.#server.listen(place.handle, LISTEN_BACKLOG, onListening);
      else this.#server.listen({ ...place, backlog: LISTEN_BACKLOG }, onListening);
    });
  }

  drain(): void {
    this.#isDraining = true;
    this.#server.close();
    this.#http.drain();
  }

  closeIdle(idleMs: number): void {
    this.#http.closeIdle(idleMs);
    for (const connection of [...this.#fast]) connection.closeIdle(idleMs);
  }

  stopAccepting(): void {
    this.#stopping.abort();
    this.drain();
    this.closeIdle(0);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#http.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, this.#following, this.#deadlines.stop()]);
  }

  get #connectionsMax(): number {
    const { connectionsMax } = this.#context.figures;
    return Math.min(connectionsMax, this.#descriptorsMax ?? connectionsMax);
  }

  #plainServer(): Server {
    return createServer(SOCKET_OPTIONS, (socket) => this.#accept(socket));
  }

  #secureServer(files: TlsFiles): Server {
    const { env, figures } = this.#context;
    const options = {
      ...SOCKET_OPTIONS,
      ...readCertifiedKey(files),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: figures.headMs,
    };
    const server = createTlsServer(options, (socket) => this.#accept(socket));
    // A failed handshake has no answer.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#following = followFiles(env, server, files, this.#stopping.signal);
    return server;
  }

  #accept(socket: Socket): void {
    if (this.#context.kind === 'node') this.#http.accept(socket);
    else this.#fast.add(new FastConnection(socket, this.#fastContext));
  }
}
