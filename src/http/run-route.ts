/**
 * What happens to each request of a declared route, in this order: who asks, may they, is the request well formed,
 * run, answer by schema. A route names an action; nobody but this file decides on it.
 */
import type { FastifyReply } from 'fastify';
import { isAllowed } from '#contracts/permissions.ts';
import { accompanied } from '#database/companion.ts';
import type { Database, Transaction } from '#database/database.ts';
import { withRowsOf } from '#database/row-scope.ts';
import { withChangeNotes } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import type { AuditDenials } from './audit-denials.ts';
import { AuditTrail, isAudited } from './audit-trail.ts';
import { type ClientAddress, directAddress } from './client-address.ts';
import { hashRequest, readIdempotencyKey, runOnce } from './idempotency.ts';
import type { ServedRequest } from './request-context.ts';
import { requireCsrfHeader } from './request-guard.ts';
import { parseRequest, type RequestParts, serialiseAnswer } from './request-parts.ts';
import {
  type Caller,
  Reply,
  type ReplyHeaders,
  type Route,
  type UserCaller,
  type WorkerCaller,
} from './route.ts';

/** Finds out who asks. Given from outside: this folder knows neither sessions nor workers. */
export interface Authenticator {
  user(request: ServedRequest): Promise<UserCaller | undefined>;
  worker(request: ServedRequest): Promise<WorkerCaller | undefined>;
}

export interface RouteDeps {
  readonly env: Env;
  readonly db: Database;
  readonly authenticator: Authenticator;
  /** From where a request comes; whoever opened the connection when it is left out. */
  readonly clientAddress?: ClientAddress | undefined;
}

/** What the server makes for all its routes. */
export interface RunDeps extends RouteDeps {
  readonly denials: AuditDenials;
}

export async function runRoute(
  deps: RunDeps,
  route: Route,
  request: ServedRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const answer = await answerOf(deps, route, request);
  if (answer.isReplayed) void reply.header('idempotent-replayed', 'true');
  void reply.code(answer.status).headers(answer.headers as Record<string, string | string[]>);
  if (route.success.contentType !== undefined) {
    return reply.type(route.success.contentType).send(answer.body);
  }
  const text = serialiseAnswer(deps.env, route, answer.body);
  return text === undefined ? reply.send() : reply.type('application/json; charset=utf-8').send(text);
}

async function answerOf(deps: RunDeps, route: Route, request: ServedRequest): Promise<RunAnswer> {
  try {
    const caller = await authorise(deps.authenticator, route, request);
    request.caller = caller;
    const parts = parseRequest(route, { params: request.params, query: request.query, body: request.body });
    const call = { route, caller, parts, request };
    return await inScopeOf(route, caller, () => (isAudited(route) ? runAudited : run)(deps, call));
  } catch (error) {
    const isDenied = error instanceof AppError && error.kind === 'forbidden';
    if (isDenied && isAudited(route)) await deps.denials.note(route, request, error.code);
    throw error;
  }
}

/** @throws auth.required, auth.forbidden, worker.bad_token, request.csrf_header_missing */
export async function authorise(
  authenticator: Authenticator,
  route: Pick<Route, 'policy'>,
  request: ServedRequest,
): Promise<Caller> {
  const { policy } = route;
  switch (policy.allow) {
    case 'anyone':
      return { kind: 'anonymous' };
    case 'worker': {
      const worker = await authenticator.worker(request);
      if (!worker) throw new AppError('worker.bad_token');
      return worker;
    }
    case 'member':
    case 'platform_admin': {
      if (request.headers.authorization !== undefined && request.headers.cookie !== undefined) {
        throw new AppError('auth.ambiguous');
      }
      const user = await authenticator.user(request);
      if (!user) throw new AppError('auth.required');
      // Known from here on, also where it is refused.
      request.caller = user;
      requireCsrfHeader(request.raw);
      const mayDoIt =
        policy.allow === 'platform_admin' ? user.isPlatformAdmin : isAllowed(user.role, policy.action);
      if (!mayDoIt) throw new AppError('auth.forbidden');
      return user;
    }
  }
}

/** What belongs to a person and to no organisation: their sessions, their account, where they are members. */
const OF_PERSONS: readonly string[] = ['session.own', 'account.own'];

/** A route of members sees the rows of its caller's organisation; what belongs to the whole installation sees all. */
function inScopeOf<T>({ policy, allRowsBecause }: Route, caller: Caller, work: () => Promise<T>): Promise<T> {
  const isOfOrganisation =
    policy.allow === 'member' && !OF_PERSONS.includes(policy.action) && allRowsBecause === undefined;
  return isOfOrganisation && caller.kind === 'user' ? withRowsOf(caller.orgId, work) : work();
}

interface RunAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: ReplyHeaders;
  readonly isReplayed: boolean;
}

/** One request on its way through its route. */
interface Call {
  readonly route: Route;
  readonly caller: Caller;
  readonly parts: RequestParts;
  readonly request: ServedRequest;
  readonly trail?: AuditTrail;
}

/** What a person said to prove who they are, and it was wrong. */
const WRONG_PROOFS: ReadonlySet<string> = new Set(['auth.bad_credentials', 'auth.bad_code']);

/** The same with an entry in the audit log, which commits with what the handler writes. */
async function runAudited(deps: RunDeps, call: Call): Promise<RunAnswer> {
  const { route, request } = call;
  const trail = new AuditTrail(deps, route, request, call.parts);
  try {
    return await withChangeNotes(trail.notes, () =>
      accompanied(trail.companion, async () => {
        const answer = await run(deps, { ...call, trail });
        await trail.companion.finish(deps.db);
        return answer;
      }),
    );
  } catch (error) {
    if (error instanceof AppError && WRONG_PROOFS.has(error.code)) {
      const noted = deps.denials.note(route, request, error.code, trail.notes.note);
      // Of who is not signed in it is not waited for: the time of the answer shall not tell whether there is such a person.
      if (call.caller.kind === 'user') await noted;
    }
    throw error;
  }
}

async function run(deps: RouteDeps, { route, caller, parts, request, trail }: Call): Promise<RunAnswer> {
  const call = async (tx: Transaction | undefined) => {
    trail?.companion.open();
    const reply = toReply(route, await route.handler(handlerRequest(deps, request, caller, parts, tx)));
    trail?.answered(reply.body);
    return reply;
  };
  if (!route.idempotent) return { ...(await call(undefined)), isReplayed: false };
  const key = readIdempotencyKey(request.headers['idempotency-key']);
  if (key === undefined || caller.kind !== 'user') {
    return { ...(await deps.db.transaction((tx) => call(tx))), isReplayed: false };
  }
  const once = {
    scope: caller,
    userId: caller.userId,
    key,
    requestHash: hashRequest(route.name, { ...parts, body: route.fingerprintOf?.(parts.body) ?? parts.body }),
    hidden: route.replayHides ?? [],
  };
  return runOnce(deps.db, once, async (tx) => {
    const first = await call(tx);
    await deps.env.crashPoint('http.idempotent.before-answer-is-kept');
    return first;
  });
}

function handlerRequest(
  { clientAddress = directAddress }: RouteDeps,
  request: ServedRequest,
  caller: Caller,
  parts: RequestParts,
  tx: Transaction | undefined,
): Parameters<Route['handler']>[0] {
  return {
    // The policy decided which kind of caller it is; the route's type says the same.
    caller: caller as UserCaller & WorkerCaller & { instanceId: InstanceId; orgId: OrgId },
    ...parts,
    correlationId: request.correlationId,
    requestId: request.id,
    headers: request.headers,
    remoteAddress: clientAddress(request.raw),
    signal: request.gone.signal,
    get tx(): Transaction {
      if (!tx) throw new Error('this route does not run in a transaction: declare it idempotent');
      return tx;
    },
  } as unknown as Parameters<Route['handler']>[0];
}

function toReply(route: Route, result: unknown): { status: number; body: unknown; headers: ReplyHeaders } {
  if (result instanceof Reply) return { status: result.status, body: result.body, headers: result.headers };
  return { status: route.success.status, body: result, headers: {} };
}
