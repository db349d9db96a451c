import { inspect } from 'node:util';

const REDACTED = '[secret]';

/** A value that never prints itself: not in JSON, not in a log line, not in an error. `reveal` is the only way out. */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
