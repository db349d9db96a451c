/**
 * From an order to a worker: limits are reserved, then the request starts at once or waits for its turn.
 *
 * Whatever refuses it here gives everything back: a refused request burns neither requests nor tokens, and is in no
 * journal. What was admitted is ended exactly once, with what it really used.
 */
import type { UsageRecord } from '#contracts/usage.ts';
import type { AppError } from '#kernel/errors.ts';
import type { Reservation, ReserveDecision, Subject } from '#routing/limits/limits.ts';
import type { WorkerLease } from '#routing/pick.ts';
import { QueueRefusedError, type Waiting } from '#routing/queue/waiting.ts';
import type { RoutedRequest } from '#routing/routed-request.ts';
import { ClientLeftError } from '../edge.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { InferenceOrder } from '../inference-order.ts';
import type { InferenceCall } from '../serve-inference.ts';
import { asGuest, type ServedModel } from '../served-model.ts';
import type { RefusalReason } from './admission-metrics.ts';
import { costOf, type Estimate, estimateOutput, tokensOf } from './estimate.ts';
import { HeldStream } from './held-stream.ts';
import { addRateHeaders } from './rate-headers.ts';
import { absenceError, limitError, queueError } from './refusals.ts';
import { readWishes, type Wishes } from './wishes.ts';

/** Longest wait of a request that did not ask to wait for a start, while no worker is there. */
const GAP_WAIT_MS = 10_000;

export interface Candidate {
  readonly call: InferenceCall;
  readonly order: InferenceOrder;
  readonly model: ServedModel;
  readonly request: RoutedRequest;
  readonly body: Buffer;
  /** A worker that has room for it; undefined when none has, or none is there. */
  readonly tryLease: (priority: number) => WorkerLease | undefined;
  /** How much of its prompt the workers know, from 0 to 1: of two of one organisation the better known may go first. */
  readonly locality?: () => number;
}

export interface Admitted {
  readonly lease: WorkerLease;
  /** The request is over; without usage when it never came to be counted. */
  end(usage: UsageRecord | undefined): void;
}

/**
 * What need not wait is admitted without a promise.
 * @throws limit.exceeded, limit.request_too_large, queue.full, queue.timeout, model.starting, model.not_ready,
 *   gateway.overloaded, request.invalid, api_key.budget_reached, api_key.price_unknown, ClientLeftError
 */
export function admit(context: GatewayContext, candidate: Candidate): Admitted | Promise<Admitted> {
  const { call, model } = candidate;
  const caller = model.terms ? asGuest(call.caller) : call.caller;
  const wishes = readWishes(call.exchange.request.rawHeaders, caller, context.admission.figures);
  requireBudget(context, candidate);
  const decided = decide(context, call, tokensOf(candidate.request));
  return decided instanceof Promise
    ? decided.then((decision) => enter(context, candidate, wishes, decision))
    : enter(context, candidate, wishes, decided);
}

function enter(
  context: GatewayContext,
  candidate: Candidate,
  wishes: Wishes,
  decision: ReserveDecision,
): Admitted | Promise<Admitted> {
  const { admission, env } = context;
  const { call, request } = candidate;
  const reservation = reservationOf(context, call, decision);
  const enteredAt = env.clock.monotonic();
  const waiting = waitingOf(candidate, { wishes, estimate: request, enteredAt });
  const entry = { wishes, waiting, reservation, enteredAt };
  try {
    const lease = admission.queue.tryEnter(waiting, () => candidate.tryLease(wishes.rank));
    // What starts at once costs no promise.
    return lease ? admitted(context, candidate, entry, { lease, waiting }) : wait(context, candidate, entry);
  } catch (error) {
    giveBack(call, reservation);
    throw error;
  }
}

interface AdmissionEntry {
  readonly wishes: Wishes;
  readonly waiting: Waiting;
  readonly reservation: Reservation;
  readonly enteredAt: number;
}

interface Started {
  readonly lease: WorkerLease;
  readonly waiting: Waiting;
}

async function wait(context: GatewayContext, candidate: Candidate, entry: AdmissionEntry): Promise<Admitted> {
  try {
    return admitted(context, candidate, entry, await waitForWorker(context, candidate, entry));
  } catch (error) {
    giveBack(candidate.call, entry.reservation);
    throw error;
  }
}

/** @throws api_key.budget_reached, api_key.price_unknown, database.unavailable */
function requireBudget({ admission, budgets }: GatewayContext, { call, model }: Candidate): void {
  try {
    budgets.require(call.caller.key, model);
  } catch (error) {
    admission.metrics.refused('budget');
    throw error;
  }
}

function admitted(
  context: GatewayContext,
  candidate: Candidate,
  { wishes, reservation, enteredAt }: AdmissionEntry,
  started: Started,
): Admitted {
  const { admission, env } = context;
  admission.metrics.waited(candidate.model.hfId, wishes.priority, env.clock.monotonic() - enteredAt);
  return new AdmittedRequest(context, candidate, { ...started, reservation });
}

function giveBack(call: InferenceCall, reservation: Reservation): void {
  reservation.refund();
  addRateHeaders(call.headers, reservation.states());
}

/** Tells workers of one owner and model from all others. */
export function poolOf(orgId: string, modelId: string): string {
  return `${orgId} ${modelId}`;
}

/** Tokens of the answer, as answers of this kind usually are and no longer than the request allows. */
export function usualOutput(
  { admission }: GatewayContext,
  { order, ...asked }: Pick<Candidate, 'call' | 'model' | 'order'>,
): number {
  return estimateOutput(admission.outputs.usual(answersOf(asked)), order.outputTokensMax, order.choices);
}

/** Answers of one model differ by what is asked of it: an embedding has none. */
function answersOf({ call, model }: Pick<Candidate, 'call' | 'model'>): string {
  return `${model.id} ${call.endpoint.path}`;
}

/** Known at once, unless other gateways must be asked. */
function decide(
  { admission, snapshot }: GatewayContext,
  call: InferenceCall,
  tokens: number,
): ReserveDecision | Promise<ReserveDecision> {
  const { orgId, key } = call.caller;
  const subjects: Subject[] = [{ kind: 'organisation', id: orgId, limits: snapshot.current.limitsOf(orgId) }];
  if (key) subjects.unshift({ kind: 'key', id: key.id, limits: key.limits });
  const answer = admission.limiter.reserve(subjects, tokens, call.exchange);
  return answer.kind === 'asked' ? answer.decision : answer;
}

/** @throws limit.exceeded, limit.request_too_large */
function reservationOf(
  { admission }: GatewayContext,
  call: InferenceCall,
  answer: ReserveDecision,
): Reservation {
  if (answer.kind === 'refused') {
    addRateHeaders(call.headers, answer.states);
    admission.metrics.refused(answer.refusal.limit);
    throw limitError(answer.refusal);
  }
  addRateHeaders(call.headers, answer.reservation.states());
  return answer.reservation;
}

function waitingOf(
  { call, model, body }: Candidate,
  {
    wishes,
    estimate,
    enteredAt,
  }: { readonly wishes: Wishes; readonly estimate: Estimate; readonly enteredAt: number },
): Waiting {
  return {
    pool: poolOf(model.ownerOrgId, model.id),
    orgId: call.caller.orgId,
    priority: wishes.rank,
    tokens: tokensOf(estimate),
    cost: costOf(estimate),
    bytes: body.length,
    deadlineAtMs: enteredAt + wishes.waitMs,
  };
}

async function waitForWorker(
  context: GatewayContext,
  candidate: Candidate,
  { wishes, waiting, enteredAt }: AdmissionEntry,
): Promise<Started> {
  const { admission } = context;
  const { call, tryLease, locality } = candidate;
  let { deadlineAtMs } = waiting;
  if (!hasWorkers(context, candidate) && !wishes.isPatient) {
    if (!isSoonServed(context, candidate)) {
      admission.metrics.refused('no_worker');
      throw absence(context, candidate);
    }
    deadlineAtMs = Math.min(deadlineAtMs, enteredAt + GAP_WAIT_MS);
  }
  const left = new AbortController();
  call.exchange.onClientLeft(() => left.abort(new ClientLeftError()));
  const own = { ...waiting, deadlineAtMs, signal: left.signal, ...(locality ? { locality } : {}) };
  const held = wishes.isPatient && candidate.order.isStream ? hold(context, call) : undefined;
  try {
    const lease = await admission.queue.wait(own, () => tryLease(wishes.rank));
    if (!call.exchange.hasClientLeft) return { lease, waiting: own };
    // It left between its turn and this line.
    lease.release();
    admission.queue.finish(own, { tokens: 0 });
    admission.queue.onRoom(own.pool);
    throw new ClientLeftError();
  } catch (error) {
    throw error instanceof QueueRefusedError ? refusal(context, candidate, error) : error;
  } finally {
    held?.end();
  }
}

function hold({ admission, deadlines, env }: GatewayContext, call: InferenceCall): HeldStream {
  return new HeldStream(deadlines, {
    exchange: call.exchange,
    headers: call.headers,
    nextAtMs: () => env.clock.monotonic() + admission.figures.commentMs,
  });
}

const REASONS: Readonly<Record<QueueRefusedError['reason'], RefusalReason>> = {
  full: 'queue_full',
  displaced: 'displaced',
  deadline: 'deadline',
  stopping: 'stopping',
};

/** With workers they are contended; without, there is nothing to wait for but a start. */
function refusal(context: GatewayContext, candidate: Candidate, refused: QueueRefusedError): AppError {
  context.admission.metrics.refused(REASONS[refused.reason]);
  const isAbsent = refused.reason !== 'stopping' && !hasWorkers(context, candidate);
  return isAbsent ? absence(context, candidate) : queueError(refused, context.env.random.float());
}

function hasWorkers({ snapshot }: GatewayContext, { model }: Candidate): boolean {
  return snapshot.current.workersFor(model.ownerOrgId, model.id).length > 0;
}

/** The only machine was unheard of for a moment, or another takes over from it: shorter to wait for than to refuse. */
function isSoonServed({ snapshot }: GatewayContext, { model }: Candidate): boolean {
  return snapshot.current.isSoonServed(model.ownerOrgId, model.id, GAP_WAIT_MS);
}

function absence({ snapshot }: GatewayContext, { model }: Candidate): AppError {
  const { ownerOrgId, id } = model;
  const { current } = snapshot;
  return absenceError(current.readyInMs(ownerOrgId, id), current.isStarting(ownerOrgId, id));
}

class AdmittedRequest implements Admitted {
  readonly lease: WorkerLease;
  readonly #context: GatewayContext;
  readonly #candidate: Candidate;
  readonly #waiting: Waiting;
  readonly #reservation: Reservation;

  constructor(
    context: GatewayContext,
    candidate: Candidate,
    own: { readonly lease: WorkerLease; readonly waiting: Waiting; readonly reservation: Reservation },
  ) {
    this.#context = context;
    this.#candidate = candidate;
    this.lease = own.lease;
    this.#waiting = own.waiting;
    this.#reservation = own.reservation;
  }

  end(usage: UsageRecord | undefined): void {
    const { queue, outputs } = this.#context.admission;
    this.#context.budgets.charge(this.#candidate.call.caller.key, this.#candidate.model.id, usage);
    const used = { inputTokens: usage?.prompt_tokens ?? 0, outputTokens: usage?.completion_tokens ?? 0 };
    queue.finish(this.#waiting, { tokens: tokensOf(used), cost: costOf(used) });
    // What failed on our side is not the caller's request; what was computed for it was.
    if (!usage || usage.outcome === 'upstream_failed') this.#reservation.refund(tokensOf(used));
    else this.#reservation.settle(tokensOf(used));
    if (usage?.outcome === 'completed') {
      outputs.add(answersOf(this.#candidate), used.outputTokens / this.#candidate.order.choices);
    }
    queue.onRoom(this.#waiting.pool);
  }
}
