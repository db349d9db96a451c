/**
 * One socket of a worker's tunnel: HTTP/2 with this gateway as the client, so the worker can only answer.
 *
 * What a worker might do to its gateway is bounded: no pushes, small headers, a window for each stream, so much memory
 * for a session, and a peer that gives no sign of life is dropped.
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
import { TunnelConnection } from './tunnel-connection.ts';

export interface LinkEvents {
  /** The worker speaks HTTP/2: streams may begin. */
  readonly onReady: () => void;
  /** No new streams, or none at all, from now on. */
  readonly onClosing: () => void;
  readonly onOver: () => void;
}

const STREAM_WINDOW = 131_072;
const SOCKET_WINDOW = 16_777_216;
const SESSION_MEMORY_MB = 384;
const HEADER_PAIRS_MAX = 16;
const HEADER_BYTES_MAX = 4_096;
const HANDSHAKE_MS = 5_000;

export class TunnelLink {
  readonly #env: Env;
  readonly #session: http2.ClientHttp2Session;
  readonly #events: LinkEvents;
  readonly #over = new AbortController();
  #isReady = false;
  #streams = 0;

  constructor(env: Env, stream: Duplex, events: LinkEvents, pingMs = TUNNEL_PING_MS) {
    this.#env = env;
    this.#events = events;
    // Before HTTP/2 notices, which would write into what is closed and fail an assertion of Node's.
    stream.on('error', () => this.destroy());
    stream.on('close', () => this.destroy());
    this.#session = http2.connect('http://worker', {
      createConnection: () => stream,
      maxSessionMemory: SESSION_MEMORY_MB,
      maxReservedRemoteStreams: 0,
      maxHeaderListPairs: HEADER_PAIRS_MAX,
      peerMaxConcurrentStreams: TUNNEL_STREAMS_MAX,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW,
        maxHeaderListSize: HEADER_BYTES_MAX,
      },
    });
    this.#session.on('connect', () => {
      if (!this.#session.destroyed) this.#session.setLocalWindowSize(SOCKET_WINDOW);
    });
    this.#session.once('remoteSettings', () => this.#ready());
    // A push would be the worker's idea.
    this.#session.on('stream', () => this.#session.destroy());
    this.#session.on('goaway', () => events.onClosing());
    this.#session.on('error', () => this.#session.destroy());
    this.#session.on('close', () => this.#ended());
    void this.#limitHandshake();
    void this.#watch(pingMs);
  }

  get streams(): number {
    return this.#streams;
  }

  get isUsable(): boolean {
    const { closed, destroyed, remoteSettings } = this.#session;
    if (!this.#isReady || closed || destroyed) return false;
    const theirMax = remoteSettings.maxConcurrentStreams ?? TUNNEL_STREAMS_MAX;
    return this.#streams < Math.min(TUNNEL_STREAMS_MAX, theirMax);
  }

  open(): TunnelConnection {
    const stream = this.#session.request(
      { ':method': 'POST', ':path': TUNNEL_STREAM_PATH },
      { endStream: false },
    );
    this.#streams += 1;
    stream.once('close', () => {
      this.#streams -= 1;
    });
    return new TunnelConnection(stream);
  }

  /** Lets what is open finish. */
  close(): void {
    if (!this.#session.closed) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  #ready(): void {
    if (this.#session.destroyed) return;
    this.#isReady = true;
    this.#events.onReady();
  }

  #ended(): void {
    this.#over.abort();
    this.#events.onClosing();
    this.#events.onOver();
  }

  async #limitHandshake(): Promise<void> {
    await this.#env.sleep(HANDSHAKE_MS, this.#over.signal).catch(() => undefined);
    if (!this.#isReady) this.destroy();
  }

  async #watch(pingMs: number): Promise<void> {
    let unanswered = 0;
    while (!this.#over.signal.aborted) {
      await this.#env.sleep(pingMs, this.#over.signal).catch(() => undefined);
      if (this.#session.destroyed) return;
      if (unanswered >= TUNNEL_PINGS_MISSED_MAX) {
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
