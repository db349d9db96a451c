/**
 * Where the tunnels of workers behind NAT end in this gateway.
 *
 * A worker dials in with its own token, which is checked against the routing snapshot, so that no database is asked and
 * a token that was revoked is worthless with the next snapshot; what is open then is closed. Of two epochs of a worker
 * the newer one stays, of two lives of one epoch the later one.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import {
  TUNNEL_EPOCH_HEADER,
  TUNNEL_GATEWAY_HEADER,
  TUNNEL_PATH,
  TUNNEL_PROTOCOL,
  TUNNEL_RUN_HEADER,
  TUNNEL_SOCKETS_MAX,
} from '#contracts/tunnel.ts';
import type { Env } from '#kernel/env.ts';
import { hashToken, parseToken, sameHash } from '#kernel/token.ts';
import type { TunnelWorker } from '#routing/snapshot.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import type { TlsFiles } from '../edge/edge-options.ts';
import { TunnelConnection } from './tunnel-connection.ts';
import { TunnelLink } from './tunnel-link.ts';
import { listenForTunnels, type TunnelListener } from './tunnel-listener.ts';

export interface TunnelHubOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly pingMs?: number;
}

/** One socket of a worker, and which life of its agent dialled it. */
interface Held {
  readonly link: TunnelLink;
  readonly epoch: number;
  readonly run: string;
  isReady: boolean;
}

type Verdict =
  | { readonly kind: 'welcome'; readonly worker: TunnelWorker; readonly run: string }
  | { readonly kind: 'refused'; readonly status: 400 | 401 | 404 | 409 | 503; readonly text: string };

const MESSAGE_BYTES_MAX = 4_194_304;
const RUN = /^[0-9a-f]{8,64}$/;
const EPOCH = /^\d{1,9}$/;
const BEARER = /^Bearer (\S{1,300})$/;

export class TunnelHub {
  readonly id: string;
  readonly #env: Env;
  readonly #options: TunnelHubOptions;
  readonly #sockets: WebSocketServer;
  /** By instance; the one that is oldest first. */
  readonly #held = new Map<string, Held[]>();
  #find: (instanceId: string) => TunnelWorker | undefined = () => undefined;
  /** A worker has its first tunnel here, or may have lost its last. */
  #tell: () => void = () => undefined;
  #listener: TunnelListener | undefined;
  #isEnding = false;
  refusals = 0;

  constructor(env: Env, options: TunnelHubOptions) {
    this.#env = env;
    this.#options = options;
    this.id = Buffer.from(env.random.bytes(12)).toString('hex');
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES_MAX,
      handleProtocols: (offered) => (offered.has(TUNNEL_PROTOCOL) ? TUNNEL_PROTOCOL : false),
    });
    this.#sockets.on('headers', (headers) => headers.push(`${TUNNEL_GATEWAY_HEADER}: ${this.id}`));
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** Workers with a tunnel here. */
  get workers(): number {
    return [...this.#held.keys()].filter((id) => this.isOpen(id)).length;
  }

  get links(): number {
    return [...this.#held.values()].reduce((sum, held) => sum + held.length, 0);
  }

  get streams(): number {
    return [...this.#held.values()].flat().reduce((sum, { link }) => sum + link.streams, 0);
  }

  /** Takes tunnels of those whom the snapshot names, and tells it which workers can be reached. */
  async follow(snapshot: Pick<SnapshotKeeper, 'current' | 'onChange' | 'tunnelsChanged'>): Promise<void> {
    this.#find = (id) => snapshot.current.findTunnelWorker(id);
    this.#tell = () => snapshot.tunnelsChanged();
    snapshot.onChange(() => this.#review());
    this.#listener = await listenForTunnels(this.#env, this.#options, (request, socket, head) =>
      this.#take(request, socket, head),
    );
  }

  isOpen(instanceId: string): boolean {
    return this.#held.get(instanceId)?.some(({ link }) => link.isUsable) ?? false;
  }

  /** A connection to the worker's data port; one that fails at once when there is no tunnel. */
  dial(instanceId: string): TunnelConnection {
    let best: TunnelLink | undefined;
    for (const { link } of this.#held.get(instanceId) ?? []) {
      if (link.isUsable && (!best || link.streams < best.streams)) best = link;
    }
    return best ? best.open() : new TunnelConnection(undefined);
  }

  /** Who may have a tunnel may have changed: closes those that may not any more. */
  #review(): void {
    for (const [instanceId, held] of this.#held) {
      const worker = this.#find(instanceId);
      for (const one of [...held]) {
        if (worker?.epoch === one.epoch) continue;
        this.#env.log.info(
          { instance_id: instanceId, epoch: one.epoch },
          'a tunnel was ended: no longer allowed',
        );
        one.link.destroy();
      }
    }
  }

  /** Takes no new tunnels; the successor at this address does. */
  stopAccepting(): void {
    this.#isEnding = true;
    this.#listener?.stopAccepting();
  }

  async close(): Promise<void> {
    this.stopAccepting();
    for (const { link } of [...this.#held.values()].flat()) {
      link.close();
      link.destroy();
    }
    this.#sockets.close();
    await this.#listener?.close();
  }

  #take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const verdict = this.#judge(request);
    if (verdict.kind === 'refused') {
      this.refusals += 1;
      refuse(socket, verdict.status, verdict.text);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // Made at once: what the worker sends first must find its reader.
      const stream = createWebSocketStream(webSocket, { readableObjectMode: false });
      webSocket.on('error', () => webSocket.terminate());
      const link = this.#hold(verdict.worker, verdict.run, stream);
      webSocket.on('close', () => link.destroy());
    });
  }

  #judge(request: IncomingMessage): Verdict {
    const { headers, url, method } = request;
    if (url !== TUNNEL_PATH || method !== 'GET') return refused(404, 'There is nothing at this address.');
    if (this.#isEnding) return refused(503, 'This gateway ends. Dial again shortly.');
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    const run = headers[TUNNEL_RUN_HEADER];
    const epoch = headers[TUNNEL_EPOCH_HEADER];
    if (typeof run !== 'string' || !RUN.test(run) || typeof epoch !== 'string' || !EPOCH.test(epoch)) {
      return refused(400, 'The headers of a tunnel are missing or malformed.');
    }
    const parsed = token === undefined ? undefined : parseToken(token);
    if (token === undefined || parsed?.type !== 'wkr')
      return refused(401, 'The worker token is missing or wrong.');
    const worker = this.#find(`inst_${parsed.id}`);
    const hash = hashToken(token);
    if (!worker?.tokenHashes.some((known) => sameHash(known, hash))) {
      return refused(401, 'The worker token is missing or wrong.');
    }
    if (worker.epoch !== Number(epoch)) return refused(409, 'A newer worker took over this instance.');
    return { kind: 'welcome', worker, run };
  }

  #hold({ instanceId, epoch }: TunnelWorker, run: string, stream: Duplex): TunnelLink {
    const held = this.#held.get(instanceId) ?? [];
    this.#held.set(instanceId, held);
    const link = new TunnelLink(
      this.#env,
      stream,
      {
        onReady: () => this.#ready(instanceId, one),
        onClosing: () => this.#tell(),
        onOver: () => this.#forget(instanceId, one),
      },
      this.#options.pingMs,
    );
    const one: Held = { link, epoch, run, isReady: false };
    held.push(one);
    // Also those that never become ready count, so that nobody can pile them up.
    for (const old of held.slice(0, -TUNNEL_SOCKETS_MAX)) old.link.destroy();
    return link;
  }

  #ready(instanceId: string, one: Held): void {
    const worker = this.#find(instanceId);
    if (worker?.epoch !== one.epoch) {
      one.link.destroy();
      return;
    }
    one.isReady = true;
    for (const other of [...(this.#held.get(instanceId) ?? [])]) {
      if (other.isReady && (other.epoch !== one.epoch || other.run !== one.run)) other.link.destroy();
    }
    this.#env.log.info({ instance_id: instanceId, epoch: one.epoch }, 'a tunnel is open');
    this.#tell();
  }

  #forget(instanceId: string, one: Held): void {
    const held = this.#held.get(instanceId);
    const at = held?.indexOf(one) ?? -1;
    if (!held || at < 0) return;
    held.splice(at, 1);
    if (held.length === 0) this.#held.delete(instanceId);
    this.#tell();
  }
}

function refused(status: (Verdict & { kind: 'refused' })['status'], text: string): Verdict {
  return { kind: 'refused', status, text };
}

function refuse(socket: Duplex, status: number, text: string): void {
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    () => socket.destroy(),
  );
}
