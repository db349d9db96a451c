import { AppError } from '#kernel/errors.ts';
import type { WorkerLease } from '#routing/pick.ts';
import type { ServingWorker } from '#routing/snapshot.ts';
import type { GatewayContext } from './gateway-context.ts';
import { type UpstreamAnswer, type UpstreamCall, UpstreamError } from './upstream.ts';
import type { UsageAccount } from './usage-account.ts';
import { journalWorkerOf } from './worker-targets.ts';

export interface Dispatched {
  readonly answer: UpstreamAnswer;
  readonly call: UpstreamCall;
  readonly lease: WorkerLease;
}

export interface DispatchOrder {
  readonly workers: readonly ServingWorker[];
  readonly lease: WorkerLease;
  readonly account: UsageAccount;
  readonly path: string;
  /** Names and values in turn, for the engine. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Aborted with the reason when nobody waits for the answer any more. */
  readonly cancelled: AbortSignal;
}

const ATTEMPTS_MAX = 2;
const ELSEWHERE = new Set(['worker_not_serving', 'unauthorised', 'engine_unreachable']);
const NOTHING = { onBytes() {}, onEnd() {}, onBroken() {} };

/**
 * Sends the request to a worker; when that one cannot take it, once to another. Only before any byte of an answer, and
 * never when the engine itself refused. @throws upstream.failed, model.not_ready, or the reason of the cancellation
 */
export async function dispatch(context: GatewayContext, order: DispatchOrder): Promise<Dispatched> {
  const tried = new Set<string>();
  let lease = order.lease;
  for (;;) {
    const attempt = await tryWorker(context, order, lease);
    if (attempt.kind === 'answered') return attempt.dispatched;
    lease.release();
    order.cancelled.throwIfAborted();
    tried.add(lease.worker.instanceId);
    const next = tried.size < ATTEMPTS_MAX ? context.picker.pick(order.workers, tried) : undefined;
    if (!next) throw attempt.error;
    lease = next;
    order.account.moveTo(journalWorkerOf(lease.worker));
  }
}

type Attempt =
  | { readonly kind: 'answered'; readonly dispatched: Dispatched }
  | { readonly kind: 'failed'; readonly error: AppError };

async function tryWorker(
  context: GatewayContext,
  order: DispatchOrder,
  lease: WorkerLease,
): Promise<Attempt> {
  const { picker, upstream, targets } = context;
  const { instanceId } = lease.worker;
  const call = upstream.post(targets.of(journalWorkerOf(lease.worker)), {
    path: order.path,
    requestId: order.account.requestId,
    headers: order.headers,
    body: order.body,
  });
  const cancel = () => call.cancel();
  order.cancelled.addEventListener('abort', cancel, { once: true });
  if (order.cancelled.aborted) cancel();
  try {
    const answer = await call.answer;
    picker.reportReached(instanceId);
    if (answer.agentError === undefined || !ELSEWHERE.has(answer.agentError)) {
      return { kind: 'answered', dispatched: { answer, call, lease } };
    }
    answer.read(NOTHING);
    return { kind: 'failed', error: refusalOf(context, answer.agentError) };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (!order.cancelled.aborted) {
      context.env.log.warn(
        { instance_id: instanceId, error: error.message },
        'a worker failed before it answered',
      );
      if (error.isUnreachable) picker.reportUnreachable(instanceId);
    }
    return { kind: 'failed', error: new AppError('upstream.failed', { cause: error }) };
  }
}

function refusalOf(context: GatewayContext, agentError: string): AppError {
  // It serves no more, or another epoch of it does: our picture is old.
  context.snapshot.refresh();
  return agentError === 'worker_not_serving'
    ? new AppError('model.not_ready')
    : new AppError('upstream.failed');
}
