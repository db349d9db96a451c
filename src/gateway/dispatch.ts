/**
 * Sends a request to a worker; when that one cannot take it, once to another.
 *
 * Only before any byte of an answer, within the budget of second attempts, and never when the engine itself refused
 * (4xx) or failed at it (500: the request may be what breaks it). A worker that is too busy or gone (503, connection
 * lost) is another matter. What did not begin to answer in time is not tried again: the client has waited as long as
 * it should, and a second wait would be as long.
 */
import { AppError } from '#kernel/errors.ts';
import type { PickResult, WorkerLease } from '#routing/pick.ts';
import type { RoutedRequest } from '#routing/routed-request.ts';
import type { ServingWorker } from '#routing/snapshot.ts';
import type { Cancellation } from './cancellation.ts';
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
  readonly request: RoutedRequest;
  readonly lease: WorkerLease;
  readonly account: UsageAccount;
  readonly path: string;
  /** Names and values in turn, for the engine. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Given its reason when nobody waits for the answer any more. */
  readonly cancellation: Cancellation;
}

const ATTEMPTS_MAX = 2;
const ELSEWHERE = new Set(['worker_not_serving', 'unauthorised', 'engine_unreachable']);
const BUSY = 503;
const NOTHING = { onBytes() {}, onEnd() {}, onBroken() {} };

/** @throws upstream.failed, model.not_ready, or the reason of the cancellation */
export async function dispatch(context: GatewayContext, order: DispatchOrder): Promise<Dispatched> {
  context.retries.noteRequest();
  let lease = order.lease;
  let attempt = await tryWorker(context, order, lease);
  for (const tried = new Set<string>(); ; attempt = await tryWorker(context, order, lease)) {
    if (attempt.kind === 'answered' && attempt.dispatched.answer.status !== BUSY) return attempt.dispatched;
    tried.add(lease.worker.instanceId);
    const next =
      tried.size < ATTEMPTS_MAX && !order.cancellation.isCancelled
        ? secondLease(context, order, tried)
        : undefined;
    if (!next && attempt.kind === 'answered') return attempt.dispatched;
    if (attempt.kind === 'answered') attempt.dispatched.answer.read(NOTHING);
    lease.release();
    if (!next) {
      order.cancellation.throwIfCancelled();
      throw attempt.kind === 'failed' ? attempt.error : new AppError('upstream.failed');
    }
    lease = next;
    order.account.moveTo(journalWorkerOf(lease.worker));
  }
}

/** A worker for the second attempt, when the budget has one left and there is another. */
function secondLease(
  { picker, retries, env, routingMetrics }: GatewayContext,
  order: DispatchOrder,
  tried: ReadonlySet<string>,
): WorkerLease | undefined {
  if (!order.workers.some((worker) => !tried.has(worker.instanceId))) {
    routingMetrics.retried('nowhere');
    return undefined;
  }
  if (!retries.take(env.clock.monotonic())) {
    routingMetrics.retried('over_budget');
    return undefined;
  }
  // It waited in the queue once; to wait again behind others would be unfair.
  const result: PickResult = picker.pick(order.workers, order.request, { except: tried, isForced: true });
  routingMetrics.retried(result.kind === 'leased' ? 'made' : 'nowhere');
  return result.kind === 'leased' ? result.lease : undefined;
}

type Attempt =
  | { readonly kind: 'answered'; readonly dispatched: Dispatched }
  | { readonly kind: 'failed'; readonly error: AppError };

async function tryWorker(
  context: GatewayContext,
  order: DispatchOrder,
  lease: WorkerLease,
): Promise<Attempt> {
  const { upstream, targets } = context;
  const call = upstream.post(targets.of(journalWorkerOf(lease.worker)), {
    path: order.path,
    requestId: order.account.requestId,
    headers: order.headers,
    body: order.body,
  });
  order.cancellation.follow(() => call.cancel());
  try {
    const answer = await call.answer;
    if (answer.agentError !== undefined && ELSEWHERE.has(answer.agentError)) {
      lease.failed({ isUnreachable: true });
      answer.read(NOTHING);
      return { kind: 'failed', error: refusalOf(context, answer.agentError) };
    }
    if (answer.status >= 500) lease.failed({ isUnreachable: false });
    else lease.reached();
    return { kind: 'answered', dispatched: { answer, call, lease } };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (!order.cancellation.isCancelled) {
      context.env.log.warn(
        { instance_id: lease.worker.instanceId, error: error.message },
        'a worker failed before it answered',
      );
      lease.failed({ isUnreachable: error.isUnreachable });
    } else if (isTimeout(order.cancellation.reason)) {
      lease.failed({ isUnreachable: false });
    }
    return { kind: 'failed', error: new AppError('upstream.failed', { cause: error }) };
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof AppError && reason.code === 'upstream.timeout';
}

function refusalOf(context: GatewayContext, agentError: string): AppError {
  // It serves no more, or another epoch of it does: our picture is old.
  context.snapshot.refresh();
  return agentError === 'worker_not_serving'
    ? new AppError('model.not_ready')
    : new AppError('upstream.failed');
}
