/**
 * One real PostgreSQL whose clients take turns: one statement runs at a time, in the order of the scheduler. A
 * statement that waits for a lock is set aside, and its server process stopped, until the lock is its own: several that
 * waited for the same row would otherwise run on at once and race for it. So the order of all effects depends on nothing
 * but the seed, and how long anything takes in real time decides nothing.
 */
import { typeParser } from '#database/database.ts';
import { openSteppedSession, type Statement, type SteppedSession } from '#database/stepped-session.ts';
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { settled } from './scheduler.ts';

export type Outcome =
  | { readonly ok: true; readonly rows: unknown[] }
  | { readonly ok: false; readonly error: Error };

export interface Backend {
  readonly index: number;
  readonly session: SteppedSession;
  /** What its session takes for now; undefined when that is not certain. */
  clockMs: number | undefined;
  answer: Promise<Outcome>;
}

interface Parked {
  readonly backend: Backend;
  readonly whenDone: (outcome: Outcome) => Promise<void>;
}

/** After so long without an answer it is asked whether the statement waits for a lock. */
const LOOK_AFTER_MS = 3;
/** Looks that found nothing are repeated less and less often: the machine is busy. */
const LOOK_AFTER_MS_MAX = 50;
const IDLE: Promise<Outcome> = Promise.resolve({ ok: true, rows: [] });
/** Kept between histories: which machines can be rented, who rents them (an organisation may name its person), and the schema's own. */
const LASTING_TABLES = [
  'installation',
  'users',
  'organisations',
  'providers',
  'zones',
  'instance_types',
  'offers',
  'models',
  'instance_edges',
  'schema_migrations',
];

export class DatabaseServer {
  readonly #url: Secret;
  readonly #host: Env;
  readonly #administration: SteppedSession;
  readonly #backends: Backend[] = [];
  readonly #free = new Set<Backend>();
  readonly #parked = new Map<Backend, Parked>();
  /** Statements that had to wait for a lock since the last reset. */
  lockWaits = 0;
  #isWaking = false;

  private constructor(url: Secret, host: Env, administration: SteppedSession) {
    this.#url = url;
    this.#host = host;
    this.#administration = administration;
    // A server process that stays stopped would outlive its client.
    process.once('exit', () => this.#letAllGoOn());
  }

  /** `host` is the real environment: it waits for the real server. */
  static async open(url: Secret, host: Env): Promise<DatabaseServer> {
    return new DatabaseServer(url, host, await openSteppedSession(url, { getTypeParser: typeParser }));
  }

  async close(): Promise<void> {
    this.#letAllGoOn();
    await Promise.all(
      [this.#administration, ...this.#backends.map((one) => one.session)].map((one) => one.close()),
    );
  }

  /** Asks outside of the simulated world, for its checks. */
  async ask<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#administration.run([{ text, values }])) as Row[];
  }

  /** Empties what histories write, and makes every sequence begin anew. */
  async reset(): Promise<void> {
    this.lockWaits = 0;
    for (const backend of this.#backends) if (!this.#free.has(backend)) await this.rollBack(backend);
    const tables = await this.ask<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' and not tablename = any($1) order by 1`,
      [LASTING_TABLES],
    );
    // The audit log, otherwise kept, is emptied too.
    await this.#administration.run([
      {
        text: `set app.audit_log_expires = 'on'; truncate ${tables.map(({ name }) => name).join(', ')} restart identity;
          reset app.audit_log_expires`,
      },
    ]);
  }

  async take(): Promise<Backend> {
    let first: Backend | undefined;
    for (const backend of this.#free) if (!first || backend.index < first.index) first = backend;
    if (first) {
      this.#free.delete(first);
      return first;
    }
    const session = await openSteppedSession(this.#url, { getTypeParser: typeParser });
    const backend: Backend = { index: this.#backends.length, session, clockMs: undefined, answer: IDLE };
    this.#backends.push(backend);
    return backend;
  }

  giveBack(backend: Backend): void {
    this.#free.add(backend);
  }

  /** Runs one step. `whenDone` is called now, or when the lock it waits for is free. */
  async run(
    backend: Backend,
    statements: readonly Statement[],
    whenDone: (outcome: Outcome) => Promise<void>,
  ): Promise<void> {
    backend.answer = backend.session.run(statements).then(
      (rows) => ({ ok: true as const, rows }),
      (error: Error) => ({ ok: false as const, error }),
    );
    const outcome = await this.#outcomeOf(backend);
    if (outcome) return whenDone(outcome);
    this.lockWaits += 1;
    this.#parked.set(backend, { backend, whenDone });
    hold(backend);
  }

  /** Undefined while it waits for a lock that somebody else will give back. */
  async #outcomeOf(backend: Backend): Promise<Outcome | undefined> {
    if (await this.#endsNow(backend)) return await backend.answer;
    if (!(await this.#closesCircle(backend))) return undefined;
    await this.#cancel(backend);
    return { ok: false, error: deadlock() };
  }

  /** A connection that nobody uses any more: whatever it did is rolled back. */
  async rollBack(backend: Backend): Promise<void> {
    if (this.#parked.delete(backend)) await this.#cancel(backend);
    backend.clockMs = undefined;
    await backend.session.run([{ text: 'rollback' }]);
    this.giveBack(backend);
    await this.wakeWaiting();
  }

  /** To be called when locks were given back: statements that waited for them go on, one by one, as they came. */
  async wakeWaiting(): Promise<void> {
    if (this.#isWaking || this.#parked.size === 0) return;
    this.#isWaking = true;
    try {
      for (let next = await this.#firstFree(); next; next = await this.#firstFree()) {
        const { backend, whenDone } = next;
        letGoOn(backend);
        const outcome = await this.#outcomeOf(backend);
        if (outcome) {
          this.#parked.delete(backend);
          await whenDone(outcome);
          // What its client does now comes before what the next client does.
          await settled();
        } else {
          hold(backend);
        }
      }
    } finally {
      this.#isWaking = false;
    }
  }

  /** The one that has waited longest of those that wait for nothing any more. */
  async #firstFree(): Promise<Parked | undefined> {
    for (const parked of this.#parked.values()) {
      if ((await this.#blockersOf(parked.backend)).length === 0) return parked;
    }
    return undefined;
  }

  /** False when it waits for a lock, and so for a statement that has not run yet. */
  async #endsNow(backend: Backend): Promise<boolean> {
    const ended = backend.answer.then(() => true);
    for (let waitMs = LOOK_AFTER_MS; ; waitMs = Math.min(2 * waitMs, LOOK_AFTER_MS_MAX)) {
      if (await Promise.race([ended, this.#host.sleep(waitMs).then(() => false)])) return true;
      if ((await this.#blockersOf(backend)).length > 0) return false;
    }
  }

  async #blockersOf(backend: Backend): Promise<number[]> {
    const [row] = await this.ask<{ pids: number[] }>('select pg_blocking_pids($1::integer) as pids', [
      backend.session.pid,
    ]);
    return row?.pids ?? [];
  }

  async #closesCircle(backend: Backend): Promise<boolean> {
    const seen = new Set<number>();
    const ahead = await this.#blockersOf(backend);
    for (let pid = ahead.pop(); pid !== undefined; pid = ahead.pop()) {
      if (pid === backend.session.pid) return true;
      if (seen.has(pid)) continue;
      seen.add(pid);
      const parked = [...this.#parked.keys()].find((one) => one.session.pid === pid);
      if (parked) ahead.push(...(await this.#blockersOf(parked)));
    }
    return false;
  }

  async #cancel(backend: Backend): Promise<void> {
    await this.ask('select pg_cancel_backend($1::integer)', [backend.session.pid]);
    letGoOn(backend);
    await backend.answer;
  }

  #letAllGoOn(): void {
    for (const backend of this.#parked.keys()) letGoOn(backend);
  }
}

/** It waits for a lock, so it holds nothing that another process of the server needs to go on. */
function hold({ session }: Backend): void {
  signal(session.pid, 'SIGSTOP');
}

function letGoOn({ session }: Backend): void {
  signal(session.pid, 'SIGCONT');
}

/** A process that is gone with its server fails its statement, which is told there. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What the server itself would say after its own, real, waiting time. */
function deadlock(): Error {
  return Object.assign(new Error('deadlock detected'), { code: '40P01' });
}
