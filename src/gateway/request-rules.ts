/**
 * One meaning per request: what two parsers could read differently is refused, although the HTTP server accepts it.
 */
import { AppError } from '#kernel/errors.ts';
import type { EdgeRequest } from './edge.ts';

const HEADERS_MAX = 100;
const TARGET_MAX = 2_048;
const CREDENTIALS = new Set(['authorization', 'x-api-key']);
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/;
const TARGET = /^\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*$/;

/** @throws request.invalid, auth.ambiguous */
export function refuseAmbiguity(request: EdgeRequest): void {
  const problem = ambiguityOf(request);
  if (problem) throw new AppError('request.invalid', { publicMessage: problem });
}

function ambiguityOf(request: EdgeRequest): string | undefined {
  const { target, rawHeaders } = request;
  if (target.length > TARGET_MAX) return 'The address is too long.';
  if (!TARGET.test(target)) return 'The address must be a path.';
  if (target.startsWith('//')) return 'The address must begin with one slash.';
  if (rawHeaders.length / 2 > HEADERS_MAX) return `At most ${HEADERS_MAX} headers are accepted.`;
  const framing = new FramingHeaders();
  let credentials = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (name.includes('_')) return 'A header name must not contain an underscore.';
    if (!framing.take(name, rawHeaders[i + 1] ?? '')) return `The header ${name} is sent more than once.`;
    if (CREDENTIALS.has(name) && ++credentials > 1) throw new AppError('auth.ambiguous');
  }
  return ambiguityOfHeaders(request, framing);
}

/** The headers that say where a message ends and whom it is for. */
class FramingHeaders {
  host: string | undefined;
  contentLength: string | undefined;
  contentType: string | undefined;
  transferEncoding: string | undefined;
  contentEncoding: string | undefined;
  hasUpgrade = false;

  /** False: it may come only once, and came before. */
  take(name: string, value: string): boolean {
    switch (name) {
      case 'host':
        return this.#setOnce('host', value);
      case 'content-length':
        return this.#setOnce('contentLength', value);
      case 'content-type':
        return this.#setOnce('contentType', value);
      case 'transfer-encoding':
        return this.#setOnce('transferEncoding', value);
      case 'content-encoding':
        this.contentEncoding = value;
        return true;
      case 'upgrade':
        this.hasUpgrade = true;
        return true;
      default:
        return true;
    }
  }

  #setOnce(name: 'host' | 'contentLength' | 'contentType' | 'transferEncoding', value: string): boolean {
    const isFirst = this[name] === undefined;
    this[name] = value;
    return isFirst;
  }
}

function ambiguityOfHeaders(request: EdgeRequest, headers: FramingHeaders): string | undefined {
  const { host, transferEncoding, contentEncoding } = headers;
  if (host === undefined && request.httpVersion === '1.1') return 'The Host header is missing.';
  if (host !== undefined && !HOST.test(host)) return 'The Host header is not a host.';
  if (headers.hasUpgrade) return 'Upgrading the connection is not supported.';
  if (transferEncoding !== undefined) {
    if (request.httpVersion !== '1.1') return 'HTTP/1.0 knows no transfer encoding.';
    if (transferEncoding.toLowerCase() !== 'chunked')
      return 'Only the chunked transfer encoding is accepted.';
    if (headers.contentLength !== undefined) return 'Send a length or chunks, not both.';
  }
  const hasBody = transferEncoding !== undefined || (headers.contentLength ?? '0') !== '0';
  if (hasBody && request.method !== 'POST') return `A ${request.method} request has no body here.`;
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    return 'A compressed body is not accepted.';
  }
  return undefined;
}
