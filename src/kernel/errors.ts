import { ERROR_CATALOGUE, type ErrorCode, type ErrorKind } from './error-catalogue.ts';

export interface AppErrorOptions {
  /** Shown to the caller: what happened and what to do next. Defaults to the catalogue's sentence. */
  readonly publicMessage?: string;
  /** Facts that a caller may see, such as the offending fields. */
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
  /** When the caller may try again. */
  readonly retryAfterMs?: number;
}

/** The one error class of the house. `code` is stable for clients, `kind` decides the HTTP status. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly publicMessage: string;
  readonly details: Record<string, unknown>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const entry = ERROR_CATALOGUE[code];
    const publicMessage = options.publicMessage ?? entry.message;
    super(`${code}: ${publicMessage}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.kind = entry.kind;
    this.publicMessage = publicMessage;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Anything thrown, as an AppError: unknown errors become `internal.unexpected` with their text hidden. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal.unexpected', { cause: error });
}

/** The text of anything thrown, for logs only. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
