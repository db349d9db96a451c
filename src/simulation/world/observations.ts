/**
 * What the simulated world sees of the control plane's own writes: the statements of each committed transaction, read
 * by their form. Here it is checked that decisions are made under a lease, and that ends are proven.
 */
import type { DatabaseObserver, ObservedStatement } from './database-pool.ts';
import type { Machine } from './machine.ts';
import type { Timeline } from './timeline.ts';

type Form =
  | 'claim'
  | 'lease_lock'
  | 'renewal'
  | 'finish'
  | 'give_back'
  | 'history'
  | 'attempt'
  | 'attempt_called'
  | 'attempt_absent'
  | 'attempt_present'
  | 'delete_called'
  | 'cost_event'
  | 'interval';

const FORMS: readonly [Form, RegExp][] = [
  ['claim', /^update jobs set\s+lease_token = \$2/],
  ['lease_lock', /^select 1 from jobs[\s\S]*for update/],
  [
    'finish',
    /^(delete from jobs where kind|update jobs set\s+lease_token = null, lease_until = null, (attempts = 0|last_error))/,
  ],
  ['renewal', /^update jobs set lease_until = /],
  ['give_back', /^update jobs set lease_token = null, lease_until = null, attempts = greatest/],
  ['history', /^insert into instance_state_history/],
  ['attempt', /^insert into provision_attempts[\s\S]*'open'/],
  ['attempt_called', /^update provision_attempts set state = 'called'/],
  ['attempt_absent', /^update provision_attempts set state = 'absent'/],
  ['attempt_present', /^update provision_attempts set state = 'present'/],
  ['delete_called', /^update (provision_attempts|instance_volumes) set delete_called_at/],
  ['cost_event', /^insert into cost_events/],
  ['interval', /^(insert into|update) cost_intervals/],
];
/** What only the holder of the lease may write. A server's id and what it costs are facts. */
const DECISIONS: readonly Form[] = [
  'attempt',
  'attempt_called',
  'attempt_absent',
  'delete_called',
  'interval',
];

const forms = new Map<string, Form | undefined>();

function formOf(text: string): Form | undefined {
  if (!forms.has(text)) forms.set(text, FORMS.find(([, pattern]) => pattern.test(text))?.[0]);
  return forms.get(text);
}

export interface Transition {
  readonly instanceId: string;
  readonly version: number;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string;
}

export interface ObserverParts {
  readonly timeline: Timeline;
  readonly onTransition: (transition: Transition) => Promise<void>;
}

export class Observations implements DatabaseObserver {
  transitions = 0;
  costEvents = 0;
  readonly #parts: ObserverParts;
  /** The lease that the database itself gave last, by job, and until when. */
  readonly #holders = new Map<string, { readonly token: string; readonly untilMs: number }>();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
  }

  async committed(machine: Machine, statements: readonly ObservedStatement[]): Promise<void> {
    const seen = statements.flatMap((statement) => {
      const form = formOf(statement.text);
      return form ? [{ ...statement, form }] : [];
    });
    this.#checkFence(machine, seen);
    for (const { form, values, rows, atMs } of seen) {
      if (form === 'claim') this.#noteClaims(machine, values, rows, atMs);
      if (form === 'renewal' && rows.length > 0) this.#noteRenewal(values, atMs);
      if (form === 'give_back') this.#noteGivenBack(values[0]);
      if (form === 'finish' && rows.length > 0) this.#noteFinish(machine, values);
      if (form === 'history') await this.#noteTransition(machine, values);
      if (form === 'cost_event' && rows.length > 0) this.#noteCost(machine, values);
      if (form.startsWith('attempt'))
        this.#parts.timeline.fact(machine.name, `${form} ${subjectOf(form, values)}`);
    }
  }

  /** A job is in one hand at a time: nobody takes what another one holds. */
  #noteClaims(machine: Machine, values: readonly unknown[], rows: readonly unknown[], atMs: number): void {
    const [, token, leaseMs] = values;
    for (const row of rows as { kind: string; subject_id: string }[]) {
      const job = `${row.kind}/${row.subject_id}`;
      const holder = this.#holders.get(job);
      if (holder && holder.untilMs > atMs) {
        this.#parts.timeline.violate(
          'double_effect',
          `${machine.name} takes ${job}, which another one holds`,
        );
      }
      this.#holders.set(job, { token: String(token), untilMs: atMs + Number(leaseMs) });
      this.#parts.timeline.note(machine.name, `claims ${row.kind} ${row.subject_id}`);
    }
  }

  #noteRenewal([kind, subjectId, token, leaseMs]: readonly unknown[], atMs: number): void {
    this.#holders.set(`${String(kind)}/${String(subjectId)}`, {
      token: String(token),
      untilMs: atMs + Number(leaseMs),
    });
  }

  #noteGivenBack(token: unknown): void {
    for (const [job, holder] of this.#holders) if (holder.token === token) this.#holders.delete(job);
  }

  #noteFinish(machine: Machine, values: readonly unknown[]): void {
    const job = `${String(values[0])}/${String(values[1])}`;
    if (this.#holders.get(job)?.token !== values[2])
      this.#violate(machine, `${job} was finished without its lease`);
    this.#holders.delete(job);
  }

  #noteTransition(machine: Machine, values: readonly unknown[]): Promise<void> {
    const [, instanceId, version, from, to, reason] = values;
    this.transitions += 1;
    const change = {
      instanceId: String(instanceId),
      version: Number(version),
      to: String(to),
      reason: String(reason),
    };
    this.#parts.timeline.fact(
      machine.name,
      `${change.instanceId} ${String(from)} -> ${change.to} (${change.reason})`,
    );
    return this.#parts.onTransition({ ...change, from: from === null ? null : String(from) });
  }

  #noteCost(machine: Machine, values: readonly unknown[]): void {
    this.costEvents += 1;
    const [, , , , ref, edge, atMs] = values;
    this.#parts.timeline.fact(machine.name, `cost ${String(edge)} of ${String(ref)} at ${String(atMs)}`);
  }

  #checkFence(machine: Machine, seen: readonly (ObservedStatement & { form: Form })[]): void {
    const decision = seen.find(
      ({ form, values }) => DECISIONS.includes(form) || (form === 'history' && !isByPeople(values)),
    );
    if (!decision) return;
    const lock = seen.find(({ form }) => form === 'lease_lock');
    const what = `${decision.form} ${subjectOf(decision.form, decision.values)}`;
    if (!lock) {
      this.#violate(machine, `${what} was written without a lease`);
      return;
    }
    const job = `${String(lock.values[0])}/${String(lock.values[1])}`;
    if (lock.rows.length !== 1 || this.#holders.get(job)?.token !== lock.values[2]) {
      this.#violate(machine, `${what} was written under a lost lease of ${job}`);
    }
  }

  #violate(machine: Machine, text: string): void {
    this.#parts.timeline.violate('unfenced_write', `${machine.name}: ${text}`);
  }
}

/** A new row, and an order that somebody tries again: fenced by the version that they saw. */
function isByPeople([, , , from, , reason]: readonly unknown[]): boolean {
  return from === null || reason === 'retry_requested';
}

function subjectOf(form: Form, values: readonly unknown[]): string {
  if (form === 'attempt') return `${String(values[1])} of ${String(values[2])}`;
  return String(values[1]);
}
