/** How a word ends, for scripts. Written down in docs/guides/cli.md. */
export const EXIT = {
  failed: 1,
  usage: 2,
  signedOut: 3,
  forbidden: 4,
  notFound: 5,
  conflict: 6,
  unavailable: 7,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What ends a word, as one sentence for the person who typed it: what happened, and what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** The stable code of an answer of the api. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;

  constructor(
    exitCode: ExitCode,
    message: string,
    answer: { code?: string | undefined; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, answer.cause === undefined ? {} : { cause: answer.cause });
    this.exitCode = exitCode;
    this.code = answer.code;
    this.requestId = answer.requestId;
  }
}

export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, message);
}
