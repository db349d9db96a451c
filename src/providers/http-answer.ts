/** Answers of providers' APIs: read whole up to a limit, whatever stands in them. */
import type { Dispatcher } from 'undici';

const ANSWER_BYTES_MAX = 16_777_216;
const RETRY_AFTER_MS_MAX = 3_600_000;

export async function readLimited(body: Dispatcher.ResponseData['body']): Promise<string> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of body) {
    const bytes = part as Buffer;
    sizeBytes += bytes.length;
    if (sizeBytes > ANSWER_BYTES_MAX) throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

export function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Of a Retry-After header, in seconds or as a date; never more than an hour. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  return boundedRetryMs(/^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs);
}

export function boundedRetryMs(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), RETRY_AFTER_MS_MAX) : undefined;
}
