/**
 * LISTEN on a connection of its own, for as long as it is wanted.
 *
 * One loop owns the connection: connect, wait until it is lost, connect again with a growing delay. The reader is
 * called with an empty payload after every connect, because notifications may have been missed meanwhile.
 */
import pg from 'pg';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';

export interface Listener {
  stop(): Promise<void>;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/** Resolves once listening, or once the first attempt has failed: then it goes on trying by itself. */
export async function startListener(
  env: Env,
  config: pg.ClientConfig,
  channel: string,
  onNotify: (payload: string) => void,
): Promise<Listener> {
  const stopped = new AbortController();
  const tried = Promise.withResolvers<void>();
  const loop = listenUntilStopped(env, config, channel, onNotify, stopped.signal, tried.resolve);
  await tried.promise;
  return {
    async stop() {
      stopped.abort();
      await loop;
    },
  };
}

async function listenUntilStopped(
  env: Env,
  config: pg.ClientConfig,
  channel: string,
  onNotify: (payload: string) => void,
  stopped: AbortSignal,
  onTried: () => void,
): Promise<void> {
  let delayMs = FIRST_DELAY_MS;
  while (!stopped.aborted) {
    try {
      await listenOnce(config, channel, onNotify, stopped, () => {
        delayMs = FIRST_DELAY_MS;
        onTried();
      });
    } catch (error) {
      env.log.warn(
        { channel, error: messageOf(error), retry_in_ms: delayMs },
        'listening for notifications failed',
      );
    }
    onTried();
    if (stopped.aborted) return;
    await env.sleep(delayMs, stopped).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
  }
}

/** Returns when the connection is lost or no longer wanted; throws when it cannot be made. */
async function listenOnce(
  config: pg.ClientConfig,
  channel: string,
  onNotify: (payload: string) => void,
  stopped: AbortSignal,
  onListening: () => void,
): Promise<void> {
  const client = new pg.Client(config);
  const lost = Promise.withResolvers<void>();
  client.on('error', () => lost.resolve());
  client.on('end', () => lost.resolve());
  client.on('notification', (message) => onNotify(message.payload ?? ''));
  stopped.addEventListener('abort', () => lost.resolve(), { once: true });
  try {
    await client.connect();
    await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    onListening();
    onNotify('');
    await lost.promise;
  } finally {
    // A connection that broke may never answer; nobody waits for it.
    void client.end().catch(() => undefined);
  }
}
