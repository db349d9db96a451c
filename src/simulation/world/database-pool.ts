/**
 * The connections of one simulated process: what `pg.Pool` is to a real one. Statements travel for a moment, get
 * lost, or are carried out and their answer gets lost; a dead process's transactions are rolled back.
 */
import type { ConnectionPool, Database, PooledConnection } from '#database/database.ts';
import { databaseOver } from '#database/database.ts';
import type { Statement } from '#database/stepped-session.ts';
import type { Backend, DatabaseServer, Outcome } from './database-server.ts';
import type { Faults } from './faults.ts';
import type { Machine } from './machine.ts';
import type { Notifications } from './notifications.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** What was done in one transaction, for those who watch. */
export interface ObservedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly rows: readonly unknown[];
  /** What its session took for now. */
  readonly atMs: number;
}

export interface DatabaseObserver {
  committed(machine: Machine, statements: readonly ObservedStatement[]): Promise<void>;
}

export interface PoolParts {
  readonly machine: Machine;
  readonly server: DatabaseServer;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly notifications: Notifications;
  readonly observer: DatabaseObserver;
  /** Whether the database cannot be reached now. */
  readonly isAway: () => boolean;
  /** All that are open in this world. */
  readonly connections: Set<SimulatedConnection>;
}

export function simulatedDatabase(parts: PoolParts): Database {
  const pool = new SimulatedPool(parts);
  parts.machine.onDeath(() => {
    for (const connection of parts.connections) if (connection.isOf(parts.machine)) connection.abandon();
  });
  return databaseOver(parts.machine.env, pool, (channel, onNotify) =>
    parts.notifications.listen(parts.machine, channel, onNotify),
  );
}

class SimulatedPool implements ConnectionPool {
  readonly #parts: PoolParts;

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  async query(text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    const connection = new SimulatedConnection(this.#parts, false);
    const answer = await connection.query(text, values);
    connection.release();
    return answer;
  }

  async connect(): Promise<PooledConnection> {
    return new SimulatedConnection(this.#parts, true);
  }

  async end(): Promise<void> {}
}

const QUICK_MS = 3;
const QUICK_SHARE = 0.3;
const SLOW_MS = 120;
const SLOW_SHARE = 0.03;
const NOTIFY = /^select pg_notify\(/;

export class SimulatedConnection implements PooledConnection {
  readonly #parts: PoolParts;
  readonly #isForTransaction: boolean;
  readonly #listeners = new Set<(error: Error) => void>();
  #backend: Backend | undefined;
  #isBroken = false;
  /** `begin` travels with the first statement after it. */
  #owesBegin = false;
  #isInTransaction = false;
  #statements: ObservedStatement[] = [];
  #notes: { channel: string; payload: string }[] = [];

  constructor(parts: PoolParts, isForTransaction: boolean) {
    this.#parts = parts;
    this.#isForTransaction = isForTransaction;
    parts.connections.add(this);
  }

  on(_event: 'error', listener: (error: Error) => void): void {
    this.#listeners.add(listener);
  }

  off(_event: 'error', listener: (error: Error) => void): void {
    this.#listeners.delete(listener);
  }

  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    const { machine, scheduler, random } = this.#parts;
    if (!machine.isAlive) return new Promise(() => undefined);
    if (this.#isBroken) return Promise.reject(connectionLost());
    if (text === 'begin') {
      this.#owesBegin = true;
      return Promise.resolve({ rows: [] });
    }
    if (this.#owesBegin && (text === 'commit' || text === 'rollback')) {
      this.#owesBegin = false;
      return Promise.resolve({ rows: [] });
    }
    const luck = random.float();
    const delayMs = random.between(0, luck < SLOW_SHARE ? SLOW_MS : luck < QUICK_SHARE ? QUICK_MS : 0);
    return new Promise((resolve, reject) => {
      const reply = (outcome: Outcome) =>
        machine.resume(() => (outcome.ok ? resolve({ rows: outcome.rows }) : reject(outcome.error)));
      scheduler.after(delayMs, () => this.#execute({ text, ...(values ? { values } : {}) }, reply));
    });
  }

  /** The rest of the process goes on without it. */
  release(broken?: Error): void {
    if (broken && !this.#isBroken) this.abandon();
    this.#leave();
  }

  /** As when the network or the server goes away. */
  breakOff(): void {
    if (this.#isBroken) return;
    this.abandon();
    for (const listener of this.#listeners) this.#parts.machine.resume(() => listener(connectionLost()));
  }

  isOf(machine: Machine): boolean {
    return this.#parts.machine === machine;
  }

  async #execute(statement: Statement, reply: (outcome: Outcome) => void): Promise<void> {
    const { machine, server, random, faults, isAway } = this.#parts;
    if (!machine.isAlive) return;
    if (this.#isBroken || isAway() || faults.strikes('database_lost_before', random)) {
      this.breakOff();
      return reply({ ok: false, error: connectionLost() });
    }
    if (NOTIFY.test(statement.text)) return this.#takeNote(statement, reply);
    this.#backend ??= await server.take();
    const steps: Statement[] = [statement];
    const isEnd = statement.text === 'commit' || statement.text === 'rollback';
    if (!isEnd && this.#backend.clockMs !== this.#parts.scheduler.nowMs) {
      this.#backend.clockMs = this.#parts.scheduler.nowMs;
      steps.unshift({ text: SET_CLOCK, values: [this.#now()] });
    }
    if (this.#owesBegin) steps.unshift({ text: 'begin' });
    this.#isInTransaction ||= this.#owesBegin;
    this.#owesBegin = false;
    await server.run(this.#backend, steps, (outcome) => this.#conclude(statement, outcome, reply));
  }

  async #conclude(statement: Statement, outcome: Outcome, reply: (outcome: Outcome) => void): Promise<void> {
    const { machine, server, random, faults } = this.#parts;
    const { text, values = [] } = statement;
    const atMs = this.#backend?.clockMs ?? this.#parts.scheduler.nowMs;
    if (outcome.ok) this.#statements.push({ text, values, rows: outcome.rows, atMs });
    // What was set in a transaction that fails is undone with it.
    if (this.#backend && (!outcome.ok || text === 'rollback')) this.#backend.clockMs = undefined;
    const hasEnded = !this.#isInTransaction || text === 'commit' || text === 'rollback';
    if (hasEnded) {
      this.#isInTransaction = false;
      if (outcome.ok && text !== 'rollback') await this.#published();
      this.#forget();
      if (!this.#isForTransaction) this.#leave();
    }
    if (machine.isAlive && faults.strikes('crash_at_statement', random)) {
      this.#parts.notifications.timeline.fact(machine.name, `crashed at ${summary(text)}`);
      machine.die();
    } else if (faults.strikes('database_lost_after', random)) {
      this.breakOff();
      reply({ ok: false, error: connectionLost() });
    } else {
      reply(outcome);
    }
    // At once: locks are free at the end and at a failure, and what waited for them has its effect before anything else.
    if (hasEnded || !outcome.ok) await server.wakeWaiting();
  }

  #takeNote({ values = [] }: Statement, reply: (outcome: Outcome) => void): void {
    const note = { channel: String(values[0]), payload: String(values[1]) };
    if (this.#isForTransaction) this.#notes.push(note);
    else this.#parts.notifications.send([note]);
    reply({ ok: true, rows: [] });
  }

  async #published(): Promise<void> {
    const statements = this.#statements;
    this.#parts.notifications.send(this.#notes);
    this.#forget();
    await this.#parts.observer.committed(this.#parts.machine, statements);
  }

  #forget(): void {
    this.#statements = [];
    this.#notes = [];
  }

  /** The server notices that the client is gone and rolls back. */
  abandon(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#parts.connections.delete(this);
    const backend = this.#backend;
    this.#backend = undefined;
    if (backend) this.#parts.scheduler.after(0, () => this.#parts.server.rollBack(backend));
  }

  #leave(): void {
    this.#parts.connections.delete(this);
    if (this.#backend && !this.#isInTransaction) this.#parts.server.giveBack(this.#backend);
    else if (this.#backend) this.abandon();
    this.#backend = undefined;
  }

  #now(): string {
    return new Date(this.#parts.scheduler.nowMs).toISOString();
  }
}

const SET_CLOCK = `select set_config('app.now', $1, false)`;

function connectionLost(): Error {
  return Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
}

function summary(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 60);
}
