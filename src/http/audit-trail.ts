/**
 * The audit log's entry of one request that changes something: who, what, on what, from where. A handler cannot forget
 * it, and a change that is rolled back leaves none.
 */
import { type ChangeNote, ChangeNotes } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import { redact } from '#kernel/redact.ts';
import { AuditCompanion } from './audit-companion.ts';
import type { AuditEntry } from './audit-log.ts';
import { auditValues } from './audit-values.ts';
import { type ClientAddress, directAddress } from './client-address.ts';
import type { ServedRequest } from './request-context.ts';
import type { RequestParts } from './request-parts.ts';
import type { Caller, Route } from './route.ts';

export type AuditedRoute = Pick<Route, 'name' | 'method' | 'path' | 'policy' | 'auditHides'>;

/** Reads leave no entry, nor do machines: what they did is in the action log. */
export function isAudited(route: Pick<Route, 'method' | 'policy' | 'changes'>): boolean {
  return (route.method !== 'GET' || route.changes === true) && route.policy.allow !== 'worker';
}

export interface AuditDeps {
  readonly env: Pick<Env, 'clock' | 'random'>;
  readonly clientAddress?: ClientAddress | undefined;
}

export class AuditTrail {
  readonly notes = new ChangeNotes();
  readonly companion = new AuditCompanion(() => this.#entry());
  readonly #deps: AuditDeps;
  readonly #route: AuditedRoute;
  readonly #request: ServedRequest;
  readonly #parts: RequestParts;
  #answerId: string | undefined;

  constructor(deps: AuditDeps, route: AuditedRoute, request: ServedRequest, parts: RequestParts) {
    this.#deps = deps;
    this.#route = route;
    this.#request = request;
    this.#parts = parts;
  }

  /** What the handler answers, as soon as it is known: new things are called by its id. */
  answered(body: unknown): void {
    if (typeof body !== 'object' || body === null || !('id' in body)) return;
    if (typeof body.id === 'string') this.#answerId = body.id;
  }

  #entry(): AuditEntry | undefined {
    const { note } = this.notes;
    if (note.isPrivate) return undefined;
    const who = actorOf(this.#request.caller, note);
    if (!who) return undefined;
    const hidden = this.#route.auditHides ?? [];
    const asked = { ...object(this.#parts.body), ...queryOf(this.#parts.query) };
    return {
      ...describe(this.#deps, this.#route, this.#request),
      ...who,
      ...(this.#route.policy.allow === 'platform_admin' ? { orgId: null } : {}),
      ...(note.orgId === undefined ? {} : { orgId: note.orgId }),
      outcome: 'done',
      ...subjectOf(this.#route, this.#request.params, note, this.#answerId),
      before: auditValues(note.before, hidden),
      after: auditValues(note.after ?? asked, hidden),
    };
  }
}

export type Who = Pick<AuditEntry, 'actorKind' | 'actorId' | 'actorName' | 'orgId'>;

/** Undefined while nobody is signed in, and the command names nobody. */
export function actorOf(caller: Caller | undefined, note: ChangeNote): Who | undefined {
  if (caller && 'userId' in caller) {
    const { userId: actorId, name: actorName, orgId } = caller;
    return { actorKind: caller.kind, actorId, actorName, orgId };
  }
  if (!note.actor) return undefined;
  const { id: actorId, name: actorName, orgId } = note.actor;
  return { actorKind: 'user', actorId, actorName, orgId };
}

/** What an entry says of its request, whoever made it. */
export function describe(
  { env, clientAddress = directAddress }: AuditDeps,
  route: Pick<Route, 'name'>,
  request: ServedRequest,
): Pick<AuditEntry, 'id' | 'action' | 'ip' | 'userAgent' | 'requestId' | 'correlationId'> {
  return {
    id: newId(env, 'audit'),
    action: route.name,
    ip: clientAddress(request.raw),
    userAgent: request.headers['user-agent'],
    requestId: request.id,
    correlationId: request.correlationId,
  };
}

/** The last id in the address, else that of what was made. */
export function subjectOf(
  route: Pick<Route, 'name' | 'path'>,
  params: unknown,
  note: ChangeNote,
  answerId?: string,
): Pick<AuditEntry, 'subjectKind' | 'subjectId'> {
  if (note.subject) return { subjectKind: note.subject.kind, subjectId: note.subject.id ?? undefined };
  const [subjectKind = route.name] = route.name.split('.');
  const named = [...route.path.matchAll(/:(\w+)/g)].at(-1)?.[1];
  const value = named === undefined ? undefined : (object(params) as Record<string, unknown>)[named];
  return { subjectKind, subjectId: typeof value === 'string' ? redact(value) : answerId };
}

function queryOf(query: unknown): { query?: object } {
  const given = Object.entries(object(query)).filter(([, value]) => value !== undefined);
  return given.length > 0 ? { query: Object.fromEntries(given) } : {};
}

function object(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
