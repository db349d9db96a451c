/**
 * The requests of one subject that this gateway runs at once, and the slots that it leased for them.
 *
 * What runs is a set, never a counter. Slots are told as a whole each time, so a lost message heals with the next one;
 * a gateway that is silent loses them when its lease ends. Alone it runs its share of the limit, one at least.
 */
import type { FleetFacts } from './allowance.ts';
import type { Asker, LeaseAnswer, SlotAsk } from './lease-server.ts';

/** Of a limit, the slots that all gateways together may keep without using them. */
const SPARE_SHARE = 0.1;
/** A refusal holds for so long, then it is asked again. */
const DENIED_MS = 20;

export class SlotAccount implements Asker {
  readonly running = new Set<object>();
  readonly #key: string;
  /** 0 until there was one. */
  #limit = 0;
  #leased = 0;
  #needed = 0;
  #deniedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(key: string) {
    this.#key = key;
  }

  get leased(): number {
    return this.#leased;
  }

  use(limit: number): void {
    this.#limit = limit;
  }

  has({ isUp, members }: FleetFacts): boolean {
    const { size } = this.running;
    return isUp ? size < this.#leased : size < Math.max(1, Math.floor(this.#limit / members));
  }

  isDenied({ isUp }: FleetFacts, nowMs: number): boolean {
    return !isUp || nowMs < this.#deniedUntilMs;
  }

  need(): void {
    this.#needed++;
  }

  /** More slots are leased than are kept for the next requests. */
  hasSpare(members: number): boolean {
    return this.#leased > this.running.size + this.#spareOf(members);
  }

  ask(_nowMs: number, members: number): SlotAsk | undefined {
    if (this.#limit === 0) return undefined;
    const { size } = this.running;
    const before = this.#leased;
    this.#leased = Math.max(size, Math.min(before, size + Math.max(this.#needed, this.#spareOf(members))));
    const missing = this.#needed - (this.#leased - size);
    const want = missing > 0 ? missing + this.#spareOf(members) : 0;
    this.#needed = 0;
    if (want === 0 && this.#leased === 0 && before === 0) return undefined;
    return { kind: 'slots', key: this.#key, limit: this.#limit, held: this.#leased, want };
  }

  answered(ask: SlotAsk, { granted }: LeaseAnswer, nowMs: number): void {
    this.#leased = ask.held + granted;
    if (ask.want > 0 && granted === 0) this.#deniedUntilMs = nowMs + DENIED_MS;
  }

  failed(): void {
    // Told as a whole next time.
  }

  #spareOf(members: number): number {
    return Math.floor((this.#limit * SPARE_SHARE) / members);
  }
}
