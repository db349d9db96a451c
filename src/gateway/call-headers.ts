/** Which headers an exchange is answered with, and which of the client's reach the engine. */
import type { EdgeRequest } from './edge.ts';

const FORWARDED = new Set(['anthropic-version', 'anthropic-beta']);
const FORWARDED_LENGTH_MAX = 1_024;
/** They are written into the head of another request. */
const PRINTABLE = /^[\x20-\x7e]*$/;
const CORRELATION_LENGTH_MAX = 128;
const NONE: readonly string[] = [];

/**
 * What every answer carries: our id under the names that the SDKs of OpenAI and Anthropic read, and beside it the id
 * that the client gave the request, for its own records.
 */
export function answerHeaders(requestId: string, correlationId: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { 'x-request-id': requestId, 'request-id': requestId };
  if (correlationId !== undefined) headers['x-correlation-id'] = correlationId;
  return headers;
}

/** The client's own id; without characters that could disturb a log or a header, and of bounded length. */
export function correlationIdOf({ rawHeaders }: EdgeRequest): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length !== 12 || name.toLowerCase() !== 'x-request-id') continue;
    const id = (rawHeaders[i + 1] ?? '').replace(/[^A-Za-z0-9._:/=+-]/g, '').slice(0, CORRELATION_LENGTH_MAX);
    return id === '' ? undefined : id;
  }
  return undefined;
}

/** Names and values in turn of what concerns the engine. */
export function forwardedHeaders({ rawHeaders }: EdgeRequest): readonly string[] {
  let found: string[] | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (!FORWARDED.has(name) || value.length > FORWARDED_LENGTH_MAX || !PRINTABLE.test(value)) continue;
    found ??= [];
    found.push(name, value);
  }
  return found ?? NONE;
}
