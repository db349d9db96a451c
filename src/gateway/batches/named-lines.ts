/**
 * Requests whose sender gave them their id: lines of batches. The journal and the ledger know a request by its id, so
 * one of them is answered at a time.
 */
import { AppError } from '#kernel/errors.ts';
import type { RequestId } from '#kernel/ids.ts';
import type { GatewayCaller } from '../authenticate.ts';
import type { RequestTrace } from '../request-trace.ts';

const RETRY_AFTER_MS = 2_000;

export class NamedLines {
  readonly #open = new Set<string>();

  /** Anything else is served as it is. @throws batch.line_running */
  named(
    { requestId }: GatewayCaller,
    answer: { readonly trace: RequestTrace; readonly headers: Record<string, string> },
    serve: () => Promise<void>,
  ): Promise<void> {
    return requestId === undefined ? serve() : this.#serveLine(requestId, answer, serve);
  }

  async #serveLine(
    requestId: RequestId,
    { trace, headers }: { readonly trace: RequestTrace; readonly headers: Record<string, string> },
    serve: () => Promise<void>,
  ): Promise<void> {
    if (this.#open.has(requestId)) throw new AppError('batch.line_running', { retryAfterMs: RETRY_AFTER_MS });
    this.#open.add(requestId);
    trace.requestId = requestId;
    headers['x-request-id'] = requestId;
    headers['request-id'] = requestId;
    try {
      await serve();
    } finally {
      this.#open.delete(requestId);
    }
  }
}
