/**
 * LISTEN on a connection of its own, which all readers of a database share, for as long as there are any.
 *
 * One loop owns the connection: connect, wait until it is lost, connect again with a growing delay. Readers are called
 * with an empty payload after every connect, because notifications may have been missed meanwhile.
 */
import pg from 'pg';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';

export interface Listener {
  stop(): Promise<void>;
}

interface Reader {
  readonly channel: string;
  readonly onNotify: (payload: string) => void;
  /** Resolved once it listens, or once the first attempt has failed. */
  readonly tried: PromiseWithResolvers<void>;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

export class SharedListener {
  readonly #env: Env;
  readonly #config: pg.ClientConfig;
  readonly #readers = new Set<Reader>();
  #life: Life | undefined;

  constructor(env: Env, config: pg.ClientConfig) {
    this.#env = env;
    this.#config = config;
  }

  /** Resolves once listening, or once the first attempt has failed: then it goes on trying by itself. */
  async listen(channel: string, onNotify: (payload: string) => void): Promise<Listener> {
    const reader = { channel, onNotify, tried: Promise.withResolvers<void>() };
    this.#readers.add(reader);
    if (this.#life) this.#life.add(reader);
    else this.#life = new Life(this.#env, this.#config, this.#readers);
    await reader.tried.promise;
    return { stop: () => this.#stop(reader) };
  }

  async #stop(reader: Reader): Promise<void> {
    this.#readers.delete(reader);
    const life = this.#life;
    if (this.#readers.size > 0) return life?.remove(reader);
    this.#life = undefined;
    await life?.stop();
  }
}

/** From the first reader to the last. */
class Life {
  readonly #env: Env;
  readonly #config: pg.ClientConfig;
  readonly #readers: ReadonlySet<Reader>;
  readonly #stopped = new AbortController();
  readonly #loop: Promise<void>;
  /** Set while there is a connection. */
  #connection: Connection | undefined;
  #delayMs = FIRST_DELAY_MS;

  constructor(env: Env, config: pg.ClientConfig, readers: ReadonlySet<Reader>) {
    this.#env = env;
    this.#config = config;
    this.#readers = readers;
    this.#loop = this.#listenUntilStopped();
  }

  /** Without a connection it is told by the next one. */
  add(reader: Reader): void {
    this.#connection?.begin([reader]).catch(() => undefined);
  }

  remove({ channel }: Reader): void {
    const isWanted = [...this.#readers].some((reader) => reader.channel === channel);
    if (!isWanted) this.#connection?.end(channel);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #listenUntilStopped(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#listenOnce();
      } catch (error) {
        const channels = [...new Set([...this.#readers].map(({ channel }) => channel))];
        this.#env.log.warn(
          { channels, error: messageOf(error), retry_in_ms: this.#delayMs },
          'listening for notifications failed',
        );
      }
      for (const { tried } of this.#readers) tried.resolve();
      if (signal.aborted) return;
      await this.#env.sleep(this.#delayMs, signal).catch(() => undefined);
      this.#delayMs = Math.min(this.#delayMs * 2, MAX_DELAY_MS);
    }
  }

  /** Returns when the connection is lost or no longer wanted; throws when it cannot be made. */
  async #listenOnce(): Promise<void> {
    const { signal } = this.#stopped;
    const client = new pg.Client(this.#config);
    const lost = Promise.withResolvers<void>();
    client.on('error', () => lost.resolve());
    client.on('end', () => lost.resolve());
    client.on('notification', ({ channel, payload }) => {
      for (const reader of this.#readers) if (reader.channel === channel) reader.onNotify(payload ?? '');
    });
    const stop = () => lost.resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await client.connect();
      this.#connection = new Connection(client);
      await this.#connection.begin([...this.#readers]);
      this.#delayMs = FIRST_DELAY_MS;
      await lost.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#connection = undefined;
      // A connection that broke may never answer; nobody waits for it.
      void client.end().catch(() => undefined);
    }
  }
}

/** Statements go one after the other. */
class Connection {
  readonly #client: pg.Client;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: pg.Client) {
    this.#client = client;
  }

  /** @throws when the connection breaks, which ends it for all */
  async begin(readers: readonly Reader[]): Promise<void> {
    for (const channel of new Set(readers.map((reader) => reader.channel)))
      await this.#say('listen', channel);
    for (const reader of readers) {
      reader.tried.resolve();
      reader.onNotify('');
    }
  }

  end(channel: string): void {
    void this.#say('unlisten', channel).catch(() => undefined);
  }

  #say(word: 'listen' | 'unlisten', channel: string): Promise<unknown> {
    const statement = `${word} ${pg.escapeIdentifier(channel)}`;
    const said = this.#last.then(() => this.#client.query(statement));
    this.#last = said.catch(() => undefined);
    return said;
  }
}
