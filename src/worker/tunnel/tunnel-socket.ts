/**
 * One open socket of a tunnel: HTTP/2 with the gateway as the client, each stream a connection to the data port.
 *
 * The gateway can open streams of one kind and nothing else: no path, no host, no port of its choice. Each stream has a
 * window of its own, so one that nobody reads holds nothing but itself.
 */
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import {
  TUNNEL_PING_MS,
  TUNNEL_PINGS_MISSED_MAX,
  TUNNEL_STREAM_PATH,
  TUNNEL_STREAMS_MAX,
} from '#contracts/tunnel.ts';
import type { Env } from '#kernel/env.ts';
import { pause } from '../pause.ts';

/** Takes a connection to the data port, as its listener would. */
export type TakeConnection = (connection: Duplex) => void;

const STREAM_WINDOW = 1_048_576;
const SOCKET_WINDOW = 16_777_216;
const SESSION_MEMORY_MB = 256;
const HEADER_PAIRS_MAX = 16;
const HEADER_BYTES_MAX = 4_096;

export class TunnelSocket {
  readonly #env: Env;
  readonly #session: http2.ServerHttp2Session;
  readonly #over = new AbortController();

  constructor(env: Env, stream: Duplex, take: TakeConnection, pingMs = TUNNEL_PING_MS) {
    this.#env = env;
    // Before HTTP/2 notices, which would write into what is closed and fail an assertion of Node's.
    stream.on('error', () => this.destroy());
    stream.on('close', () => this.destroy());
    this.#session = http2.performServerHandshake(stream, {
      maxSessionMemory: SESSION_MEMORY_MB,
      maxHeaderListPairs: HEADER_PAIRS_MAX,
      settings: {
        initialWindowSize: STREAM_WINDOW,
        maxConcurrentStreams: TUNNEL_STREAMS_MAX,
        maxHeaderListSize: HEADER_BYTES_MAX,
        enablePush: false,
      },
    });
    if (!this.#session.destroyed) this.#session.setLocalWindowSize(SOCKET_WINDOW);
    this.#session.on('stream', (stream, headers) => answer(stream, headers, take));
    this.#session.on('error', () => this.#session.destroy());
    this.#session.on('close', () => this.#over.abort());
    void this.#watch(pingMs);
  }

  /** Aborted when it is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Told to the gateway: what is open may end, nothing new begins. */
  close(): void {
    if (!this.#session.closed) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  async #watch(pingMs: number): Promise<void> {
    let unanswered = 0;
    while (await pause(this.#env, pingMs, this.#over.signal)) {
      if (this.#session.destroyed) return;
      if (unanswered >= TUNNEL_PINGS_MISSED_MAX) {
        this.#env.log.warn({}, 'A gateway gives no sign of life: its tunnel is closed.');
        this.destroy();
        return;
      }
      unanswered += 1;
      this.#session.ping((error) => {
        if (!error) unanswered = 0;
      });
    }
  }
}

function answer(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  take: TakeConnection,
): void {
  stream.on('error', () => stream.destroy());
  if (headers[':method'] !== 'POST' || headers[':path'] !== TUNNEL_STREAM_PATH) {
    stream.respond({ ':status': 404 }, { endStream: true });
    return;
  }
  stream.respond({ ':status': 200 });
  take(stream);
}
