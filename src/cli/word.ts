import type { ParseArgsOptionsConfig } from 'node:util';
import type { Env } from '#kernel/env.ts';
import type { Api } from './api.ts';
import type { SignIn } from './session-file.ts';

/** One word of a person on a running stack, such as `inventiv keys create`. */
export interface Word {
  /** As it is typed: one word, or a thing and what to do with it. */
  readonly name: string;
  /** What is typed after it. */
  readonly usage: string;
  readonly about: string;
  readonly options?: ParseArgsOptionsConfig;
  /** How many plain words it takes, at least and at most. */
  readonly takes?: readonly [min: number, max: number];
  readonly run: (call: WordCall) => Promise<void>;
}

export interface WordCall {
  readonly env: Env;
  readonly words: readonly string[];
  readonly options: Options;
  readonly place: Place;
  readonly terminal: Terminal;
  readonly stopped: AbortSignal;
  /** The api with the session of the file. @throws CliError when nobody is signed in. */
  api(): Api;
}

/** Where the person is signed in, or would be. */
export interface Place {
  readonly path: string;
  readonly signIn: SignIn | undefined;
  /** The address to sign in at: what was typed, or set, or used last, or the stack of this machine. */
  readonly url: string;
  keep(signIn: SignIn): void;
  forget(): void;
}

export interface Terminal {
  /** Whether somebody is there to answer. */
  readonly isInteractive: boolean;
  write(text: string): void;
  /** Beside the result: to the person, not into the file that the result goes to. */
  tell(text: string): void;
  ask(question: string): Promise<string>;
  /** Without showing what is typed; the first line of the input when nobody is there. */
  askSecret(question: string): Promise<string>;
  readInput(): Promise<string>;
}

export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  is(name: string): boolean {
    return this.#values[name] === true;
  }

  get isJson(): boolean {
    return this.is('json');
  }
}
