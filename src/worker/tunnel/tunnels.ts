/**
 * Keeps the sockets of this worker's tunnels open: so many to each gateway that the control plane names.
 *
 * Each place is dialled again by itself when its socket ends, with a growing, jittered pause. A gateway that is named no
 * more is not dialled again; the sockets it still has stay until it closes them, since it may be in the middle of
 * answers. At one address there may be two processes for a while, of which one takes over from the other: whichever
 * answers counts, unless it has enough sockets already.
 */
import { TUNNEL_SOCKETS_MAX, type TunnelEnd } from '#contracts/tunnel.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import { Bell, pause } from '../pause.ts';
import { dialGateway } from './dial-gateway.ts';
import { type TakeConnection, TunnelSocket } from './tunnel-socket.ts';

export interface TunnelsDeps {
  readonly env: Env;
  /** The token and the epoch that are in force now. */
  readonly identity: () => { readonly epoch: number; readonly token: string };
  readonly take: TakeConnection;
  readonly signal: AbortSignal;
  readonly pingMs?: number;
}

export interface TunnelOrders {
  readonly ends: readonly TunnelEnd[];
  readonly socketsEach: number;
}

const DIAL_LIMIT_MS = 5_000;
const ENDS_MAX = 64;
/** A socket that lived so long was no failure. */
const LIVED_MS = 5_000;
const AGAIN: Backoff = { firstMs: 200, maxMs: 5_000 };
/** The gateway does not know this token, or not yet: its picture is seconds old at most. */
const REFUSED: Backoff = { firstMs: 1_000, maxMs: 30_000 };

export class Tunnels {
  readonly #deps: TunnelsDeps;
  readonly #run: string;
  readonly #bell = new Bell();
  readonly #places = new Set<string>();
  readonly #open = new Map<TunnelSocket, string>();
  #orders: TunnelOrders = { ends: [], socketsEach: 0 };
  #isLeaving = false;

  constructor(deps: TunnelsDeps) {
    this.#deps = deps;
    this.#run = Buffer.from(deps.env.random.bytes(12)).toString('hex');
  }

  /** Sockets that are open now. */
  get open(): number {
    return this.#open.size;
  }

  /** What the control plane wants from now on; said again with each heartbeat. */
  follow({ ends, socketsEach }: TunnelOrders): void {
    this.#orders = {
      ends: ends.slice(0, ENDS_MAX),
      socketsEach: Math.min(Math.max(socketsEach, 1), TUNNEL_SOCKETS_MAX),
    };
    this.#bell.ring();
    for (const end of this.#orders.ends) {
      for (let index = 0; index < this.#orders.socketsEach; index++) {
        const place = `${end.id} ${end.url} ${index}`;
        if (this.#places.has(place)) continue;
        this.#places.add(place);
        void this.#keep(end, index).finally(() => this.#places.delete(place));
      }
    }
  }

  /** No new streams from now on. */
  leave(): void {
    this.#isLeaving = true;
    this.#bell.ring();
    for (const socket of this.#open.keys()) socket.close();
  }

  destroy(): void {
    this.leave();
    for (const socket of this.#open.keys()) socket.destroy();
  }

  async #keep(end: TunnelEnd, index: number): Promise<void> {
    const { env, signal } = this.#deps;
    let failures = 0;
    let refusals = 0;
    while (this.#isWanted(end, index)) {
      if (this.#openTo(end.id) >= this.#orders.socketsEach) {
        await this.#untilChange(env);
        continue;
      }
      const openedAtMs = env.clock.monotonic();
      const outcome = await this.#dial(end);
      const hasLived = outcome === 'over' && env.clock.monotonic() - openedAtMs > LIVED_MS;
      failures = hasLived ? 0 : failures + 1;
      refusals = outcome === 'refused' ? refusals + 1 : 0;
      if (!this.#isWanted(end, index)) return;
      const waitMs =
        refusals > 0
          ? backoffMs(REFUSED, refusals, env.random)
          : env.random.float() * Math.min(AGAIN.maxMs, AGAIN.firstMs * 2 ** Math.min(failures, 10));
      await pause(env, waitMs, signal);
    }
  }

  #isWanted({ id, url }: TunnelEnd, index: number): boolean {
    const { ends, socketsEach } = this.#orders;
    if (this.#deps.signal.aborted || this.#isLeaving || index >= socketsEach) return false;
    return ends.some((end) => end.id === id && end.url === url);
  }

  #openTo(gatewayId: string): number {
    let count = 0;
    for (const id of this.#open.values()) if (id === gatewayId) count++;
    return count;
  }

  async #untilChange(env: Env): Promise<void> {
    await pause(env, 60_000, this.#deps.signal, this.#bell.next);
  }

  async #dial(end: TunnelEnd): Promise<'over' | 'refused' | 'failed'> {
    const { env, identity, take, signal, pingMs } = this.#deps;
    try {
      const order = { url: end.url, ...identity(), run: this.#run, limitMs: DIAL_LIMIT_MS, signal };
      const outcome = await dialGateway(order, env.random);
      if (outcome.kind === 'refused') {
        env.log.warn({ url: end.url, status: outcome.status }, 'A gateway refused the tunnel.');
        return isAboutUs(outcome.status) ? 'refused' : 'failed';
      }
      const { gatewayId } = outcome;
      if (this.#isLeaving || this.#openTo(gatewayId) >= this.#orders.socketsEach) {
        outcome.stream.destroy();
        return 'failed';
      }
      await this.#carry(new TunnelSocket(env, outcome.stream, take, pingMs), gatewayId, end.url);
      return 'over';
    } catch (error) {
      if (!signal.aborted) {
        env.log.warn({ url: end.url, error: messageOf(error) }, 'A gateway was not reached for a tunnel.');
      }
      return 'failed';
    }
  }

  async #carry(socket: TunnelSocket, gatewayId: string, url: string): Promise<void> {
    const { env, signal } = this.#deps;
    this.#open.set(socket, gatewayId);
    env.log.info({ url, gateway: gatewayId, open: this.#open.size }, 'A tunnel is open.');
    const stop = () => socket.destroy();
    signal.addEventListener('abort', stop);
    if (!socket.over.aborted) {
      await new Promise<void>((resolve) =>
        socket.over.addEventListener('abort', () => resolve(), { once: true }),
      );
    }
    signal.removeEventListener('abort', stop);
    this.#open.delete(socket);
    this.#bell.ring();
    env.log.info({ url, gateway: gatewayId, open: this.#open.size }, 'A tunnel is closed.');
  }
}

function isAboutUs(status: number): boolean {
  return status === 401 || status === 403 || status === 409 || status === 410;
}
