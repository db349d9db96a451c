/** The arithmetic of lease-script.ts on a clock of ours, with calls that take as long as a test says, or fail. */
import { ERA_GRACE_MS, SLOT_LEASE_MS } from '../lease-script.ts';
import type { LeaseAnswer, LeaseAsk, LeaseServer, RateAsk, SlotAsk } from '../lease-server.ts';

const WINDOW_MS = 60_000;

interface Holding {
  readonly count: number;
  readonly untilMs: number;
}

export class FakeLeases {
  readonly #rates = new Map<string, number>();
  readonly #slots = new Map<string, Map<string, Holding>>();
  readonly #nowMs: () => number;
  #eraAtMs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Everything is forgotten. */
  flush(): void {
    this.#rates.clear();
    this.#slots.clear();
    this.#eraAtMs = this.#nowMs();
  }

  lease(gateway: string, members: number, asks: readonly LeaseAsk[]): LeaseAnswer[] {
    return asks.map((ask) =>
      ask.kind === 'rate' ? this.#leaseRate(ask) : this.#leaseSlots(gateway, members, ask),
    );
  }

  #leaseRate({ key, msPerUnit, want, least, takenMs, knownMs, mustRestore }: RateAsk): LeaseAnswer {
    const now = this.#nowMs();
    const kept = this.#rates.get(key);
    let full = kept ?? now + knownMs;
    const isNew = now - this.#eraAtMs < ERA_GRACE_MS;
    if (mustRestore || isNew) full = Math.max(full, now + knownMs);
    full = Math.max(now, Math.max(now, full) + takenMs);
    const left = (WINDOW_MS - (full - now)) / msPerUnit + 1e-6;
    let granted = 0;
    if (want > 0 && left >= least) granted = Math.max(least, Math.min(want, Math.floor(left)));
    if (granted > left) granted = 0;
    full += granted * msPerUnit;
    this.#rates.set(key, full);
    return { granted, rest: full - now };
  }

  #leaseSlots(gateway: string, members: number, { key, limit, held, want }: SlotAsk): LeaseAnswer {
    const now = this.#nowMs();
    const all = this.#slots.get(key) ?? new Map<string, Holding>();
    this.#slots.set(key, all);
    let others = 0;
    for (const [name, { count, untilMs }] of all) {
      if (name !== gateway && untilMs > now) others += count;
    }
    let most = limit - others;
    if (now - this.#eraAtMs < ERA_GRACE_MS) most = Math.min(most, Math.max(1, Math.floor(limit / members)));
    const granted = Math.max(0, Math.min(want, most - held));
    all.set(gateway, { count: held + granted, untilMs: now + SLOT_LEASE_MS });
    return { granted, rest: others };
  }
}

/** How one gateway reaches them. */
export class FakeLink implements LeaseServer {
  isUp = true;
  members: number;
  /** Waited for before the call is made, and before its answer is here. */
  way: () => Promise<void> = async () => undefined;
  calls = 0;
  readonly #leases: FakeLeases;
  readonly #gateway: string;

  constructor(leases: FakeLeases, gateway: string, members: number) {
    this.#leases = leases;
    this.#gateway = gateway;
    this.members = members;
  }

  async lease(asks: readonly LeaseAsk[]): Promise<readonly LeaseAnswer[]> {
    this.calls++;
    await this.way();
    this.#requireUp();
    const answers = this.#leases.lease(this.#gateway, this.members, asks);
    await this.way();
    // The answer is lost, what was done stays done.
    this.#requireUp();
    return answers;
  }

  #requireUp(): void {
    if (!this.isUp) throw new Error('nobody answers');
  }
}
