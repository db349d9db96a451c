import * as z from 'zod';
import type { Random } from '#kernel/env.ts';

/**
 * What can be made to go wrong. Each fault matches operations (and a zone, type or id), strikes with a probability
 * and at most `count` times. It stays listed with `remaining: 0` until cleared, because `stuck_delete` holds a
 * resource for as long as its fault is there.
 */
export const FAULT_KINDS = [
  /** The order is refused: 503 out_of_stock. On server.start with mode `silent`: accepted, then back to stopped. */
  'stock_out',
  /** 403 quotas_exceeded; like `stock_out` for one zone or type where it names them. */
  'quota',
  /** The server that is made is of the type `gives`, at that type's price, whatever was ordered. */
  'substitution',
  /** A 5xx and no effect. */
  'error_before',
  /** A 5xx although the effect happened. */
  'error_after',
  /** The effect happens, then the connection breaks (mode `reset`) or stays silent (mode `hang`). */
  'lost_reply',
  /** A new resource, and with a server its root volume, is invisible in get and list for `delay_ms`. */
  'late_visibility',
  /** A list lacks its last `drop` entries: mode `short` tells the true total, `silent` a wrong one, `error` fails from page 2. */
  'truncated_list',
  /** A delete is accepted and nothing happens until the fault is cleared. */
  'stuck_delete',
  /** A delete takes `delay_ms`. */
  'late_delete',
  /** A started server is taken away `delay_ms` after its start. */
  'preemption',
  /** 429, with Retry-After when `retry_after_s` is set, with an empty body when not. */
  'throttle',
  /** The effect happens, the answer is not what it should be: mode `html`, `truncated` or `empty`. */
  'garbage',
  /** The account may not do this: 403 permissions_denied, and `GET /v1/account` says so too. */
  'missing_right',
  /** The account's secret has expired: 401 for everything. */
  'expired_credential',
  /** The account may have no more than `limit` resources of a kind: 403 quotas_exceeded for the next one. */
  'low_quota',
] as const;

/** Where a kind strikes when the fault does not name an operation. */
const DEFAULT_OPERATION: Record<(typeof FAULT_KINDS)[number], string> = {
  stock_out: 'server.create',
  quota: 'server.create',
  substitution: 'server.create',
  error_before: '*',
  error_after: '*',
  lost_reply: '*',
  late_visibility: 'server.create',
  truncated_list: '*.list',
  stuck_delete: '*.delete',
  late_delete: '*.delete',
  preemption: 'server.start',
  throttle: '*',
  garbage: '*',
  missing_right: 'server.create',
  expired_credential: '*',
  low_quota: 'server.create',
};

export const faultSchema = z.strictObject({
  id: z.string().min(1).max(64).optional(),
  kind: z.enum(FAULT_KINDS),
  /** `server.create`, `security_group.*`, `*.delete` or `*`. */
  operation: z
    .string()
    .regex(/^(\*|[a-z_]+)(\.(\*|[a-z_]+))?$/)
    .optional(),
  zone: z.string().optional(),
  type: z.string().optional(),
  gives: z.string().optional(),
  resource_id: z.string().optional(),
  probability: z.number().gt(0).max(1).default(1),
  /** How often it strikes; null is for ever. */
  count: z.int().min(1).nullable().default(null),
  status: z.int().min(500).max(599).default(500),
  delay_ms: z.int().min(0).max(86_400_000).default(0),
  retry_after_s: z.int().min(0).max(3_600).optional(),
  drop: z.int().min(1).default(1),
  /** Of `low_quota`. */
  limit: z.int().min(0).default(0),
  mode: z.enum(['reset', 'hang', 'silent', 'short', 'error', 'html', 'truncated', 'empty']).optional(),
});
export type FaultOrder = z.input<typeof faultSchema>;
export type FaultKind = (typeof FAULT_KINDS)[number];
export type Fault = Omit<z.output<typeof faultSchema>, 'id' | 'operation'> & {
  readonly id: string;
  readonly operation: string;
  readonly remaining: number | null;
};

export interface FaultTarget {
  readonly operation: string;
  readonly zone?: string | undefined;
  readonly type?: string | undefined;
  readonly id?: string | undefined;
}

/** The faults in force. Every change is told to `onChange`, which keeps it. */
export class FaultBoard {
  #faults: Fault[];
  readonly #random: Random;
  readonly #onChange: (faults: readonly Fault[]) => void;

  constructor(faults: readonly Fault[], random: Random, onChange: (faults: readonly Fault[]) => void) {
    this.#faults = [...faults];
    this.#random = random;
    this.#onChange = onChange;
  }

  get list(): readonly Fault[] {
    return this.#faults;
  }

  has(id: string): boolean {
    return this.#faults.some((fault) => fault.id === id);
  }

  replace(orders: readonly FaultOrder[]): void {
    this.#set(orders.map((order) => this.#arm(order)));
  }

  add(order: FaultOrder): Fault {
    const fault = this.#arm(order);
    this.#set([...this.#faults.filter((other) => other.id !== fault.id), fault]);
    return fault;
  }

  /** Takes one away, or all. */
  clear(id?: string): boolean {
    const kept = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
    if (kept.length === this.#faults.length) return false;
    this.#set(kept);
    return true;
  }

  /** The first fault of this kind that strikes here; its count goes down. */
  take(kind: FaultKind, target: FaultTarget): Fault | undefined {
    const fault = this.#faults.find(
      (candidate) => candidate.kind === kind && matches(candidate, target) && this.#strikes(candidate),
    );
    if (fault && fault.remaining !== null) {
      const left = fault.remaining - 1;
      this.#set(this.#faults.map((other) => (other === fault ? { ...fault, remaining: left } : other)));
    }
    return fault;
  }

  /** The first fault of this kind in force here, without striking. */
  find(kind: FaultKind, target: FaultTarget): Fault | undefined {
    return this.#faults.find((one) => one.kind === kind && one.remaining !== 0 && matches(one, target));
  }

  /** Whether an order here would be refused for sure, for the availability in the offers. */
  isCertain(kind: FaultKind, target: FaultTarget): boolean {
    return this.#faults.some(
      (fault) =>
        fault.kind === kind && matches(fault, target) && fault.remaining === null && fault.probability === 1,
    );
  }

  #strikes(fault: Fault): boolean {
    if (fault.remaining === 0) return false;
    return fault.probability === 1 || this.#random.float() < fault.probability;
  }

  #arm(order: FaultOrder): Fault {
    const parsed = faultSchema.parse(order);
    return {
      ...parsed,
      id: parsed.id ?? `fault-${Buffer.from(this.#random.bytes(6)).toString('hex')}`,
      operation: parsed.operation ?? DEFAULT_OPERATION[parsed.kind],
      remaining: parsed.count,
    };
  }

  #set(faults: Fault[]): void {
    this.#onChange(faults);
    this.#faults = faults;
  }
}

function matches(fault: Fault, target: FaultTarget): boolean {
  if (fault.zone !== undefined && fault.zone !== target.zone) return false;
  if (fault.type !== undefined && fault.type !== target.type) return false;
  if (fault.resource_id !== undefined && fault.resource_id !== target.id) return false;
  if (fault.operation === '*') return true;
  const [resource, verb] = target.operation.split('.');
  const [wantedResource, wantedVerb = '*'] = fault.operation.split('.');
  return (
    (wantedResource === '*' || wantedResource === resource) && (wantedVerb === '*' || wantedVerb === verb)
  );
}
