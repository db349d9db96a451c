import type { Env } from '#kernel/env.ts';

/** Sleeps at most `ms`; true when the whole time passed, false when a signal ended it. */
export async function pause(env: Env, ms: number, ...signals: AbortSignal[]): Promise<boolean> {
  const signal = signals.length === 1 ? signals[0] : AbortSignal.any(signals);
  if (signal?.aborted) return false;
  try {
    await env.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal?.aborted) return false;
    throw error;
  }
}

/** The promise's value, or undefined when `ms` pass first. The promise itself goes on. */
export async function within<T>(env: Env, ms: number, promise: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([promise, pause(env, ms, stop.signal).then(() => undefined)]);
  } finally {
    stop.abort();
  }
}

/** Something to wait for again and again: `next` aborts at the next ring. */
export class Bell {
  #controller = new AbortController();

  get next(): AbortSignal {
    return this.#controller.signal;
  }

  ring(): void {
    const rung = this.#controller;
    this.#controller = new AbortController();
    rung.abort();
  }
}
