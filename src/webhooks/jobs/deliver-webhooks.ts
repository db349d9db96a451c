/**
 * Sends what is due to one endpoint: a few at once, and no longer than a turn, so that others get theirs. After a
 * failure the endpoint rests, longer each time, so that one that answers nothing holds its place seldom.
 *
 * An attempt is written after it was made: a process that dies in between leaves one that is made again. Receivers
 * know it by its `webhook-id`.
 */
import { raiseAlert } from '#alerts/alerts.ts';
import type { Settings } from '#config/settings.ts';
import type { Database, Transaction } from '#database/database.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import { SealError, type Sealer } from '#kernel/sealing.ts';
import {
  type DueDelivery,
  failDeliveries,
  readNextDueMs,
  recordAttempt,
  selectDueDeliveries,
} from '../delivery-store.ts';
import {
  disableEndpoint,
  findSendingRow,
  noteArrival,
  noteFailure,
  type SendingRow,
} from '../endpoint-store.ts';
import { DELIVER_WEBHOOKS, WEBHOOK_DISABLED } from '../job-kinds.ts';
import { openSecrets } from '../secrets.ts';
import { SendFailure } from '../send-failure.ts';
import { sendWebhook, type WebhookAnswer } from '../send-webhook.ts';
import { signMessage } from '../signature.ts';
import { findTarget, type Resolve } from '../target.ts';

export interface DeliverDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly sealer: Sealer;
  readonly resolve: Resolve;
  /** How long an endpoint rests after failures in a row. */
  readonly pause?: Backoff;
}

const TURN_MS = 10_000;
const PAUSE: Backoff = { firstMs: 1_000, maxMs: 60_000 };
const GONE = 410;
const HOUR_MS = 3_600_000;

interface Turn {
  readonly deps: DeliverDeps;
  readonly lease: Lease;
  readonly endpoint: SendingRow;
}

type Ending =
  | { readonly arrived: true; readonly answer: WebhookAnswer }
  | { readonly arrived: false; readonly answer?: WebhookAnswer; readonly error: string };

export function deliverWebhooksHandler(deps: DeliverDeps): JobHandler {
  return {
    kind: DELIVER_WEBHOOKS,
    neverGivesUp: true,
    run: (lease) => deliver(deps, lease),
  };
}

async function deliver(deps: DeliverDeps, lease: Lease): Promise<JobOutcome> {
  const { env, db, settings } = deps;
  const endsMs = env.clock.monotonic() + TURN_MS;
  while (!lease.signal.aborted && env.clock.monotonic() < endsMs) {
    const endpoint = await findSendingRow(db, lease.subjectId);
    if (!endpoint?.isEnabled) return { done: true };
    if (endpoint.pausedForMs > 0) return { againInMs: endpoint.pausedForMs };
    const due = await selectDueDeliveries(db, endpoint.id, settings.get('WEBHOOK_CONCURRENCY'));
    if (due.length === 0) {
      const nextMs = await readNextDueMs(db, endpoint.id);
      return nextMs === undefined ? { done: true } : { againInMs: Math.ceil(nextMs) };
    }
    await Promise.all(due.map((delivery) => deliverOne({ deps, lease, endpoint }, delivery)));
  }
  return { againInMs: 0 };
}

async function deliverOne(turn: Turn, delivery: DueDelivery): Promise<void> {
  const { deps, lease, endpoint } = turn;
  if (delivery.isLate) {
    const error = 'it was not sent in time';
    await lease.apply((tx) =>
      failDeliveries(tx, endpoint, { endpointId: endpoint.id, id: delivery.id, error }),
    );
    return;
  }
  const startedMs = deps.env.clock.monotonic();
  const ending = await attempt(turn, delivery);
  // Cut off because the process stops or the lease was lost: nobody's failure, and somebody makes it again.
  if (!ending.arrived && lease.signal.aborted) return;
  const durationMs = deps.env.clock.monotonic() - startedMs;
  await deps.env.crashPoint('deliver-webhooks.sent');
  await lease.apply((tx) => record(turn, tx, delivery, ending, durationMs));
}

async function attempt({ deps, lease, endpoint }: Turn, delivery: DueDelivery): Promise<Ending> {
  const { env, settings } = deps;
  const number = delivery.attempts + 1;
  const ended = new AbortController();
  const signal = AbortSignal.any([lease.signal, ended.signal]);
  // Our own clock, so that a simulation decides it; resolving the name counts too.
  void env
    .sleep(settings.get('WEBHOOK_TIMEOUT_MS'), ended.signal)
    .then(() => ended.abort())
    .catch(() => undefined);
  try {
    const timestamp = Math.floor(env.clock.now() / 1_000);
    const message = { id: delivery.eventId, timestamp, body: delivery.body };
    const signature = signMessage(openSecrets(deps.sealer, endpoint), message);
    const allowsPrivate = settings.get('WEBHOOK_PRIVATE_TARGETS') === 'on';
    const finding = findTarget(deps.resolve, endpoint.url, { allowsPrivate, attempt: number });
    const target = await orAborted(finding, signal);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Inventiv-Webhooks/1',
      'webhook-id': delivery.eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    };
    return judge(await sendWebhook(target, { headers, body: delivery.body }, signal));
  } catch (error) {
    return { arrived: false, error: reasonOf(env, endpoint, error) };
  } finally {
    ended.abort();
  }
}

function judge(answer: WebhookAnswer): Ending {
  const { status } = answer;
  if (status >= 200 && status < 300) return { arrived: true, answer };
  const isRedirect = status >= 300 && status < 400;
  const error = isRedirect ? `answered ${status}; redirects are not followed` : `answered ${status}`;
  return { arrived: false, answer, error };
}

async function record(
  { deps, lease, endpoint }: Turn,
  tx: Transaction,
  delivery: DueDelivery,
  ending: Ending,
  durationMs: number,
): Promise<void> {
  const { env, settings } = deps;
  const { answer } = ending;
  const attemptRow = {
    durationMs,
    status: answer?.status ?? null,
    error: ending.arrived ? null : ending.error,
    answer: answer?.text ?? null,
  };
  if (ending.arrived) {
    await noteArrival(tx, endpoint, endpoint.id);
    await recordAttempt(tx, endpoint, delivery.id, attemptRow, { state: 'delivered', retryInMs: 0 });
    return;
  }
  const isGone = answer?.status === GONE;
  const retry = {
    firstMs: settings.get('WEBHOOK_RETRY_FIRST_MS'),
    maxMs: settings.get('WEBHOOK_RETRY_MAX_MS'),
  };
  const asked = Math.min(answer?.retryAfterMs ?? 0, retry.maxMs);
  const retryInMs = Math.max(asked, backoffMs(retry, delivery.attempts + 1, env.random));
  const state = isGone ? 'failed' : 'pending';
  // The endpoint before its deliveries, as everywhere.
  const failingMs = await noteFailure(tx, endpoint, endpoint.id, deps.pause ?? PAUSE);
  await recordAttempt(tx, endpoint, delivery.id, attemptRow, { state, retryInMs });
  if (isGone) await turnOff(env, tx, endpoint, 'gone', lease.correlationId);
  else if (failingMs !== undefined && failingMs >= settings.get('WEBHOOK_DISABLE_HOURS') * HOUR_MS)
    await turnOff(env, tx, endpoint, 'failing', lease.correlationId);
}

async function turnOff(
  env: Env,
  tx: Transaction,
  endpoint: SendingRow,
  because: 'failing' | 'gone',
  correlationId: string,
): Promise<void> {
  if (!(await disableEndpoint(tx, endpoint, endpoint.id, because))) return;
  await raiseAlert(env, tx, {
    code: WEBHOOK_DISABLED,
    severity: 'warning',
    orgId: endpoint.orgId,
    subject: { kind: 'webhook', id: endpoint.id },
    details: { host: new URL(endpoint.url).host, because },
    correlationId,
  });
}

function reasonOf(env: Env, endpoint: SendingRow, error: unknown): string {
  if (error instanceof SendFailure) return error.message;
  if (error instanceof AppError && error.code === 'webhook.bad_url') return error.publicMessage;
  if (error instanceof SealError) {
    env.log.error(
      { webhook_id: endpoint.id, error: error.message },
      'the secret of a webhook cannot be opened',
    );
    return 'the secret cannot be opened: give the webhook another one';
  }
  throw error;
}

/** A name that does not resolve in time is not waited for. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(new SendFailure('no answer in time'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
