/**
 * The connection of one gateway to Redis: leases, messages to the other gateways, and how many of them there are.
 *
 * Nothing waits here for long: a command has a fraction of a second, none is kept for later, and after the first one
 * that fails nobody asks until a beat was answered again. Redis is never needed; what its absence means is decided by
 * who asks.
 */
import { createHash } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { backoffMs } from '#kernel/retry.ts';
import type { Secret } from '#kernel/secret.ts';
import { BEAT_SCRIPT, LEASE_SCRIPT } from './lease-script.ts';
import type { LeaseAnswer, LeaseAsk, LeaseServer } from './lease-server.ts';

export interface RedisLinkOptions {
  readonly url: Secret;
  /** Tells the keys of one installation from those of others. */
  readonly prefix: string;
  /** This gateway process. */
  readonly gateway: string;
  /** How many gateways there are as long as nobody could be asked. */
  readonly membersFirst: number;
}

const COMMAND_MS = 500;
const CONNECT_MS = 1_000;
const GOODBYE_MS = 250;
const RECONNECT = { firstMs: 50, maxMs: 2_000 };
const BEAT_EVERY_MS = 1_000;
const BEAT_AWAY_MS = 400;
/** Beats without an answer after which the connection itself is thought to be dead. */
const BEATS_LOST_MAX = 4;
/** Our own messages come back to us; without any for so long the subscription is thought to be dead. */
const SILENT_MS = 4_000;

export class RedisLink implements LeaseServer {
  isUp = false;
  members: number;
  readonly #env: Env;
  readonly #options: RedisLinkOptions;
  readonly #commands: Redis;
  readonly #messages: Redis;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(text: string) => void>();
  readonly #onUp = new Set<() => void>();
  #beatsLost = 0;
  #heardAtMs: number;
  #loop: Promise<void> | undefined;

  constructor(env: Env, options: RedisLinkOptions) {
    this.#env = env;
    this.#options = options;
    this.members = Math.max(1, options.membersFirst);
    this.#heardAtMs = env.clock.monotonic();
    this.#commands = new Redis(options.url.reveal(), this.#optionsOf('commands'));
    this.#messages = new Redis(options.url.reveal(), this.#optionsOf('messages'));
    for (const redis of [this.#commands, this.#messages]) {
      redis.on('error', (error: unknown) =>
        env.log.debug({ error: messageOf(error) }, 'a connection to Redis failed'),
      );
    }
    this.#messages.on('ready', () => {
      this.#messages.subscribe(this.#channel).catch(() => undefined);
    });
    this.#messages.on('message', (_channel: string, text: string) => {
      this.#heardAtMs = env.clock.monotonic();
      for (const listener of this.#listeners) listener(text);
    });
  }

  /** Connects and asks once; comes back soon whether or not somebody answers. */
  async start(): Promise<void> {
    const connecting = [this.#commands, this.#messages].map((redis) => redis.connect());
    await Promise.race([Promise.allSettled(connecting), this.#env.sleep(CONNECT_MS)]);
    await this.#beat();
    if (!this.isUp) this.#env.log.warn({}, 'Redis does not answer, limits are counted by shares');
    this.#loop = this.#run();
  }

  onMessage(listener: (text: string) => void): void {
    this.#listeners.add(listener);
  }

  /** Called when somebody answers after nobody did. */
  onUp(listener: () => void): void {
    this.#onUp.add(listener);
  }

  /** To all gateways, this one included. What cannot be sent now is lost. */
  publish(text: string): void {
    if (this.isUp) this.#commands.publish(this.#channel, text).catch(() => undefined);
  }

  async lease(asks: readonly LeaseAsk[]): Promise<readonly LeaseAnswer[]> {
    if (!this.isUp) throw new Error('Redis does not answer');
    const keys = [this.#key('era'), ...asks.map(({ key }) => this.#key(key))];
    const words = [this.#options.gateway, this.members, ...asks.flatMap(wordsOf)];
    const figures = (await this.#tried(() => this.#eval(LEASE, keys, words))) as string[];
    return asks.map((_, index) => ({
      granted: Number(figures[2 * index]),
      rest: Number(figures[2 * index + 1]),
    }));
  }

  /** Says good-bye, as far as that is possible now. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    if (this.isUp) {
      const gone = this.#commands.zrem(this.#key('gateways'), this.#options.gateway).catch(() => undefined);
      await Promise.race([gone, this.#env.sleep(GOODBYE_MS)]);
    }
    this.isUp = false;
    this.#commands.disconnect();
    this.#messages.disconnect();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const everyMs = this.isUp ? BEAT_EVERY_MS : BEAT_AWAY_MS;
      const delayMs = everyMs * (0.75 + this.#env.random.float() / 2);
      await this.#env.sleep(delayMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.#beat();
    }
  }

  async #beat(): Promise<void> {
    try {
      const members = await this.#tried(() =>
        this.#eval(BEAT, [this.#key('gateways')], [this.#options.gateway]),
      );
      this.members = Math.max(1, Number(members));
      this.#beatsLost = 0;
    } catch {
      this.#beatsLost++;
      if (this.#beatsLost % BEATS_LOST_MAX === 0 && this.#commands.status === 'ready') {
        this.#commands.disconnect(true);
      }
      return;
    }
    if (!this.isUp) {
      this.isUp = true;
      this.#heardAtMs = this.#env.clock.monotonic();
      this.#env.log.info({ gateways: this.members }, 'Redis answers, limits are shared');
      for (const listener of this.#onUp) listener();
    } else if (this.#env.clock.monotonic() - this.#heardAtMs > SILENT_MS) {
      this.#heardAtMs = this.#env.clock.monotonic();
      if (this.#messages.status === 'ready') this.#messages.disconnect(true);
    }
  }

  async #tried<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (this.isUp && !this.#stopping.signal.aborted) {
        this.isUp = false;
        const { members } = this;
        this.#env.log.warn(
          { error: messageOf(error), gateways: members },
          'Redis does not answer, limits are counted by shares',
        );
      }
      throw error;
    }
  }

  async #eval(
    script: Script,
    keys: readonly string[],
    words: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.#commands.evalsha(script.sha, keys.length, ...keys, ...words);
    } catch (error) {
      // It has lost its memory, scripts included.
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return this.#commands.eval(script.text, keys.length, ...keys, ...words);
    }
  }

  get #channel(): string {
    return this.#key('loads');
  }

  #key(name: string): string {
    return `${this.#options.prefix}:${name}`;
  }

  #optionsOf(what: string): Omit<RedisOptions, 'replyMapping'> {
    return {
      lazyConnect: true,
      connectionName: `inventiv-gateway-${what}`,
      connectTimeout: CONNECT_MS,
      commandTimeout: COMMAND_MS,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => backoffMs(RECONNECT, times, this.#env.random),
    };
  }
}

interface Script {
  readonly text: string;
  readonly sha: string;
}

const LEASE = scriptOf(LEASE_SCRIPT);
const BEAT = scriptOf(BEAT_SCRIPT);

function scriptOf(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Six words each, see lease-script.ts. */
function wordsOf(ask: LeaseAsk): (string | number)[] {
  if (ask.kind === 'slots') return ['slots', ask.limit, ask.held, ask.want, 0, 0];
  const { msPerUnit, want, least, takenMs, knownMs, mustRestore } = ask;
  return ['rate', msPerUnit, want, least, takenMs, mustRestore ? -knownMs : knownMs];
}
