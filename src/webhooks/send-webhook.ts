/**
 * One attempt: a POST to an address that was checked, on a connection of its own. No redirect is followed, no proxy
 * asked, and the answer is read up to a limit; of its body only the beginning is kept.
 */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { messageOf } from '#kernel/errors.ts';
import { redact } from '#kernel/redact.ts';
import { SendFailure } from './send-failure.ts';
import type { Target } from './target.ts';

export interface WebhookAnswer {
  readonly status: number;
  /** The beginning of the body. */
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

const ANSWER_BYTES_MAX = 65_536;
const ANSWER_BYTES_KEPT = 1_024;
const HEAD_BYTES_MAX = 16_384;

/** @throws SendFailure */
export async function sendWebhook(
  target: Target,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  try {
    signal.throwIfAborted();
    const response = await exchange(target, message, signal);
    const text = await readBeginning(response);
    return { status: response.statusCode ?? 0, text, retryAfterMs: retryAfterOf(response) };
  } catch (error) {
    if (signal.aborted) throw new SendFailure('no answer in time', { cause: error });
    throw new SendFailure(reasonOf(error), { cause: error });
  }
}

function exchange(
  { url, address }: Target,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      // The address, so that nothing is resolved again; the name is for the certificate and the Host header.
      host: address,
      ...(url.port === '' ? {} : { port: url.port }),
      path: `${url.pathname}${url.search}`,
      setHost: false,
      headers: { host: url.host, 'content-length': Buffer.byteLength(body), connection: 'close', ...headers },
      agent: false as const,
      maxHeaderSize: HEAD_BYTES_MAX,
      signal,
    };
    const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const request: ClientRequest =
      url.protocol === 'https:'
        ? requestHttps({ ...options, servername: isIP(name) === 0 ? name : '' })
        : requestHttp(options);
    request.on('error', reject);
    request.on('response', (response) => {
      // Also what breaks after the head: without a listener it would end the process.
      response.on('error', () => undefined);
      resolve(response);
    });
    request.end(body);
  });
}

/** The status is the answer: a body that breaks off or does not end changes nothing about it. */
async function readBeginning(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      parts.push(part);
      if (bytes >= ANSWER_BYTES_MAX) break;
    }
  } catch {
    // What came until then is kept.
  }
  response.destroy();
  const text = Buffer.concat(parts).subarray(0, ANSWER_BYTES_KEPT).toString('utf8');
  return redact(text.replaceAll('\0', '')).slice(0, ANSWER_BYTES_KEPT);
}

function retryAfterOf(response: IncomingMessage): number | undefined {
  const seconds = response.headers['retry-after'];
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

/** Codes of sockets and certificates say what happened without saying where. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return `the connection failed (${code})`;
  return `the connection failed (${redact(messageOf(error)).slice(0, 200)})`;
}
