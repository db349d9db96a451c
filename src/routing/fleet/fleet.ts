/**
 * One of several gateways: the limits that it shares with the others, and what all of them have at the workers.
 *
 * Without Redis each gateway counts its share of every limit and knows of the others what workers report. A key that
 * was revoked is refused by the routing snapshot, which does not come this way: nothing in Redis can keep it alive.
 */
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import type { Limiter } from '../limits/limits.ts';
import { aloneOf, type LeaseServer } from './lease-server.ts';
import { RedisLink } from './redis-link.ts';
import { SharedLimiter } from './shared-limiter.ts';
import { SharedLoads } from './shared-loads.ts';

export interface FleetOptions {
  /** Undefined: there is no Redis. */
  readonly redisUrl: Secret | undefined;
  /** Tells the keys of one installation from those of others. */
  readonly prefix: string;
  /** How many gateways there are until Redis says it. */
  readonly gateways: number;
}

/** Between a change and the message that tells it; together with the way there it stays below 20 ms. */
const TICK_MS = 15;
const LEAVE_MS = 250;

export class Fleet {
  readonly limiter: Limiter;
  /** Undefined without Redis. */
  readonly loads: SharedLoads | undefined;
  readonly #env: Env;
  readonly #shared: SharedLimiter;
  readonly #link: RedisLink | undefined;
  readonly #server: LeaseServer;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(
    env: Env,
    server: LeaseServer,
    link?: { readonly redis: RedisLink; readonly loads: SharedLoads },
  ) {
    this.#env = env;
    this.#server = server;
    this.#link = link?.redis;
    this.loads = link?.loads;
    this.#shared = new SharedLimiter(env.clock, server);
    this.limiter = this.#shared;
    link?.redis.onUp(() => this.#shared.rejoin());
    link?.redis.onMessage((text) => link.loads.receive(text));
    this.#loop = this.#run();
  }

  /** Gateways that share the limits, this one included, as far as it is known. */
  get members(): number {
    return this.#server.members;
  }

  get isConnected(): boolean {
    return this.#server.isUp;
  }

  /** Gives back what the others can use, if that is possible at once: what is not said ends with its lease. */
  async leave(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    this.loads?.leave();
    const enough = new AbortController();
    const limit = this.#env.sleep(LEAVE_MS, enough.signal).catch(() => undefined);
    await Promise.race([this.#shared.leave(), limit]);
    enough.abort();
    await this.#link?.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#env.sleep(TICK_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      this.#shared.tick();
      this.loads?.tick();
    }
  }
}

/** Undefined for the only gateway, which needs nobody. Does not fail: Redis may come later. */
export async function joinFleet(
  env: Env,
  { redisUrl, prefix, gateways }: FleetOptions,
): Promise<Fleet | undefined> {
  if (!redisUrl) return gateways > 1 ? new Fleet(env, aloneOf(gateways)) : undefined;
  const gateway = Buffer.from(env.random.bytes(9)).toString('base64url');
  const redis = new RedisLink(env, { url: redisUrl, prefix, gateway, membersFirst: gateways });
  const loads = new SharedLoads(env.clock, gateway, redis);
  const fleet = new Fleet(env, redis, { redis, loads });
  await redis.start();
  return fleet;
}
