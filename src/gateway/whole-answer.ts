import { AppError } from '#kernel/errors.ts';
import { findMember } from '#kernel/json-members.ts';
import { parseUsage, type TokenCounts } from './token-counts.ts';
import type { UpstreamAnswer } from './upstream.ts';

/** An answer that is no stream fits in memory: embeddings of a large batch are some megabytes. */
const ANSWER_BYTES_MAX = 134_217_728;

/** Collects the answer, so that its usage is known before its first byte is sent. @throws upstream.failed */
export function readWhole(answer: UpstreamAnswer, onProgress: () => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    answer.read({
      onBytes(bytes) {
        onProgress();
        size += bytes.length;
        if (size > ANSWER_BYTES_MAX) reject(new AppError('upstream.failed'));
        else parts.push(bytes);
      },
      onEnd: () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)),
      onBroken: (error) => reject(new AppError('upstream.failed', { cause: error })),
    });
  });
}

/** The usage that the engine put into its answer; undefined when there is none. */
export function usageOf(body: Buffer): TokenCounts | undefined {
  const text = body.toString('latin1');
  const usage = findMember(text, 'usage');
  return usage && parseUsage(parseOrUndefined(text.slice(usage.valueStart, usage.valueEnd)));
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
