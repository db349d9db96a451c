/** The places in which requests are computed; who finds none waits in line, and leaves it when its client does. */
export class SequencePool<T> {
  readonly #free: T[];
  readonly #size: number;
  readonly #line: ((sequence: T) => void)[] = [];

  constructor(sequences: readonly T[]) {
    this.#free = [...sequences];
    this.#size = sequences.length;
  }

  get running(): number {
    return this.#size - this.#free.length;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Undefined when the signal aborted first. */
  take(signal: AbortSignal): Promise<T | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve) => {
      const serve = (sequence: T): void => {
        signal.removeEventListener('abort', leave);
        resolve(sequence);
      };
      const leave = (): void => {
        const at = this.#line.indexOf(serve);
        if (at >= 0) this.#line.splice(at, 1);
        resolve(undefined);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#line.push(serve);
    });
  }

  giveBack(sequence: T): void {
    const next = this.#line.shift();
    if (next) next(sequence);
    else this.#free.push(sequence);
  }
}
