/**
 * What people tried to change and were not allowed to, and with what they could not prove who they are. One entry a
 * minute for each person and route, and not more than a few hundred a minute in all: who tries without end fills a
 * counter, not the log.
 */
import type { Queryable } from '#database/database.ts';
import type { ChangeNote } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { insertAuditEntry } from './audit-log.ts';
import { actorOf, describe, subjectOf } from './audit-trail.ts';
import type { ClientAddress } from './client-address.ts';
import type { ServedRequest } from './request-context.ts';
import type { Route } from './route.ts';

const WINDOW_MS = 60_000;
const ENTRIES_MAX = 300;

export class AuditDenials {
  readonly #env: Env;
  readonly #clientAddress: ClientAddress | undefined;
  readonly #db: Queryable;
  /** Since the window began: how often each person was refused on each route after the first time. */
  #unwritten = new Map<string, number>();
  /** Of the window before. */
  #before: ReadonlyMap<string, number> = new Map();
  #windowMs = 0;

  constructor(env: Env, db: Queryable, clientAddress?: ClientAddress) {
    this.#env = env;
    this.#clientAddress = clientAddress;
    this.#db = db;
  }

  /** Never fails: the answer is a refusal in any case. `note` names who it was said to be where nobody is signed in. */
  async note(route: Route, request: ServedRequest, code: string, note: ChangeNote = {}): Promise<void> {
    const who = actorOf(request.caller, note);
    if (!who) return;
    const key = `${who.actorId} ${who.orgId} ${route.name}`;
    if (!this.#isFirst(key)) return;
    const repeated = this.#before.get(key) ?? 0;
    const entry = {
      ...describe({ env: this.#env, clientAddress: this.#clientAddress }, route, request),
      ...subjectOf(route, request.params, {}),
      ...who,
      outcome: 'denied' as const,
      before: undefined,
      after: { code, ...(repeated > 0 ? { repeated_before: repeated } : {}) },
    };
    try {
      await insertAuditEntry(this.#db, entry, { onlyIfChanged: false });
    } catch (error) {
      this.#env.log.warn({ error: messageOf(error), route: route.name }, 'a refusal could not be recorded');
    }
  }

  #isFirst(key: string): boolean {
    const nowMs = this.#env.clock.monotonic();
    if (nowMs - this.#windowMs >= WINDOW_MS) {
      this.#before = this.#unwritten;
      this.#unwritten = new Map();
      this.#windowMs = nowMs;
    }
    const count = this.#unwritten.get(key);
    if (count !== undefined) this.#unwritten.set(key, count + 1);
    if (count !== undefined || this.#unwritten.size >= ENTRIES_MAX) return false;
    this.#unwritten.set(key, 0);
    return true;
  }
}
