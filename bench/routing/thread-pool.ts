import { Worker } from 'node:worker_threads';
import type { TraceRequest } from '../trace.ts';
import type { PlayAnswer, PlayOrder } from './play-thread.ts';

const THREAD = new URL('./play-thread.ts', import.meta.url);

/** Threads that play histories; each has the trace once, and one history at a time. */
export class ThreadPool {
  readonly #idle: Worker[];
  readonly #all: readonly Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(threads: number, trace: readonly TraceRequest[]) {
    this.#all = Array.from({ length: threads }, () => new Worker(THREAD));
    this.#idle = [...this.#all];
    for (const worker of this.#all) worker.postMessage({ trace });
  }

  async play(order: PlayOrder): Promise<PlayAnswer> {
    const worker = await this.#take();
    try {
      return await new Promise<PlayAnswer>((resolve, reject) => {
        worker.removeAllListeners('message').removeAllListeners('error');
        worker.once('message', resolve).once('error', reject);
        worker.postMessage({ order });
      });
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #take(): Promise<Worker> {
    const worker = this.#idle.pop();
    if (worker) return Promise.resolve(worker);
    const { promise, resolve } = Promise.withResolvers<Worker>();
    this.#waiting.push(resolve);
    return promise;
  }
}
