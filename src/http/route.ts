import type * as z from 'zod';
import type { OrganisationRole } from '#contracts/management.ts';
import type { Action } from '#contracts/permissions.ts';
import type { Transaction } from '#database/database.ts';
import type { CorrelationId, InstanceId, OrgId, SessionId, UserId } from '#kernel/ids.ts';

/** Who is asking, as the authenticator found out. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly orgId: OrgId;
      readonly role: OrganisationRole;
      readonly isPlatformAdmin: boolean;
      /** What people call them. */
      readonly name?: string | undefined;
    }
  | {
      readonly kind: 'worker';
      readonly instanceId: InstanceId;
      readonly orgId: OrgId;
      readonly epoch: number;
    };

export type UserCaller = Extract<Caller, { kind: 'user' }>;
export type WorkerCaller = Extract<Caller, { kind: 'worker' }>;

/** Default deny: a route without a policy does not compile. */
export type Policy =
  | { readonly allow: 'anyone'; readonly because: string }
  | { readonly allow: 'worker' }
  | { readonly allow: 'member'; readonly action: Action }
  /** The whole installation's affairs: global settings, sweeps, alerts of no organisation. */
  | { readonly allow: 'platform_admin' };

type CallerOf<P extends Policy> = P extends { allow: 'member' | 'platform_admin' }
  ? UserCaller
  : P extends { allow: 'worker' }
    ? WorkerCaller
    : Caller;

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface RouteRequest<P extends Policy, Params, Query, Body> {
  readonly caller: CallerOf<P>;
  readonly params: Parsed<Params>;
  readonly query: Parsed<Query>;
  readonly body: Parsed<Body>;
  readonly correlationId: CorrelationId;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The address of the client, which may be behind proxies of ours. */
  readonly remoteAddress: string;
  readonly signal: AbortSignal;
  /**
   * Routes with `idempotent: true` run in this transaction, which also keeps the answer under the
   * caller's Idempotency-Key: both commit or neither does. Throws on other routes.
   */
  readonly tx: Transaction;
}

/** Several values of one name are several headers, such as cookies. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What a handler answers beyond a plain body. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: ReplyHeaders;

  constructor(status: number, body?: unknown, headers: ReplyHeaders = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Fastify form, such as `/api/v1/instances/:id`. */
  readonly path: string;
  /** Stable name in logs, metrics and OpenAPI, such as `instances.terminate`. */
  readonly name: string;
  readonly summary: string;
  readonly policy: Policy;
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  /**
   * Success status and the schema of its body; undefined is an empty answer. With `contentType` the handler
   * answers a `Reply` whose text, bytes or stream is sent as it is; a body then only describes it.
   */
  readonly success: {
    readonly status: number;
    readonly body?: z.ZodType | undefined;
    readonly contentType?: string | undefined;
  };
  readonly idempotent?: boolean | undefined;
  /**
   * A route of members sees the rows of their organisation alone. One whose matter has two sides, such as a contract
   * between organisations, says here why it sees all; its stores are then the only wall.
   */
  readonly allRowsBecause?: string | undefined;
  /** Top-level fields of the answer that an idempotent replay shows as null. */
  readonly replayHides?: readonly string[] | undefined;
  /**
   * What stands for the body where an idempotent repetition is recognised, on routes whose body holds a secret: the
   * plain hash of the request is kept for a day, and a weak secret could be guessed from it.
   */
  readonly fingerprintOf?: ((body: unknown) => unknown) | undefined;
  /** A GET that changes something all the same, as where a browser is sent to. It has an entry in the audit log. */
  readonly changes?: boolean | undefined;
  /** Fields of the body that the audit log shows as `[hidden]`, beside those whose name says that they are secret. */
  readonly auditHides?: readonly string[] | undefined;
  readonly bodyBytesMax?: number | undefined;
  readonly handler: (request: RouteRequest<Policy, unknown, unknown, unknown>) => Promise<unknown>;
}

/** Declares a route with its request types inferred from its schemas. */
export function route<
  const P extends Policy,
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(definition: {
  method: Route['method'];
  path: string;
  name: string;
  summary: string;
  policy: P;
  params?: Params;
  query?: Query;
  body?: Body;
  success: Route['success'];
  idempotent?: boolean;
  allRowsBecause?: string;
  replayHides?: readonly string[];
  fingerprintOf?: (body: unknown) => unknown;
  changes?: boolean;
  auditHides?: readonly string[];
  bodyBytesMax?: number;
  handler: (request: RouteRequest<P, Params, Query, Body>) => Promise<unknown>;
}): Route {
  // The server parses by the same schemas before it calls, so the narrower type holds.
  return definition as unknown as Route;
}
