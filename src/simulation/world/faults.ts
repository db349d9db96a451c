/** Which troubles a history has. Each is absent from half of the histories, so that none hides another. */
import type { SeededRandom } from './random.ts';

/** The chance of each trouble where it is present, at each occasion for it. */
const OCCASIONS = {
  crash_at_point: 0.004,
  crash_at_statement: 0.0008,
  pause_at_point: 0.004,
  pause_before_order: 0.05,
  database_lost_before: 0.004,
  database_lost_after: 0.004,
  notification_lost: 0.3,
  notification_late: 0.3,
  provider_error_before: 0.06,
  provider_error_after: 0.06,
  provider_reply_lost: 0.04,
  provider_slow_request: 0.05,
  provider_throttled: 0.05,
  provider_refusal: 0.15,
  zone_full: 0.3,
  provider_listing_failed: 0.1,
  provider_lag: 0.5,
  provider_doubles: 0.3,
  delete_slow: 0.4,
  delete_stuck: 0.25,
  volume_busy: 0.4,
  volume_stuck: 0.15,
  start_falls_back: 0.1,
  address_reused: 0.7,
  worker_never_registers: 0.1,
  worker_engine_fails: 0.12,
  worker_engine_restarts: 0.4,
  worker_hangs: 0.3,
  worker_dies: 0.15,
  beat_lost: 0.1,
  beat_repeated: 0.05,
  beat_forged: 0.05,
  zombie: 0.5,
  reinstall_refused: 0.3,
  reinstall_fails: 0.3,
  reply_to_worker_lost: 0.1,
  /** These strike by the clock; the figure is how often an hour. */
  process_paused: 20,
  process_restarted: 6,
  process_killed: 12,
  clock_shifted: 6,
  database_away: 5,
  agents_unheard: 3,
  server_taken: 8,
  /** Only where it is the manner of the provider. */
  read_flickers: 0.3,
  throttle_lasts: 0.7,
  ends_unstarted: 0.25,
} as const;

export type Fault = keyof typeof OCCASIONS;

export const FAULTS = Object.keys(OCCASIONS) as Fault[];

export interface FaultWishes {
  readonly without?: readonly Fault[];
  readonly always?: readonly Fault[];
}

export class Faults {
  readonly present: readonly Fault[];
  readonly #levels = new Map<Fault, number>();
  #isOver = false;

  constructor(random: SeededRandom, { without = [], always = [] }: FaultWishes = {}) {
    for (const fault of FAULTS) {
      const isPresent = random.chance(0.5) || always.includes(fault);
      const level = OCCASIONS[fault] * (0.5 + random.float());
      if (isPresent && !without.includes(fault)) this.#levels.set(fault, level);
    }
    this.present = FAULTS.filter((fault) => this.#levels.has(fault));
  }

  /** From here on nothing goes wrong any more; what went wrong must heal. */
  end(): void {
    this.#isOver = true;
  }

  get areOver(): boolean {
    return this.#isOver;
  }

  /** 0 where the trouble is absent. */
  level(fault: Fault): number {
    return this.#isOver ? 0 : (this.#levels.get(fault) ?? 0);
  }

  strikes(fault: Fault, random: SeededRandom): boolean {
    return random.chance(Math.min(0.95, this.level(fault)));
  }
}
