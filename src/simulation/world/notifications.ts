/** Notifications between simulated processes: hints that come at once, late, or not at all. */
import type { Faults } from './faults.ts';
import type { Machine } from './machine.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Timeline } from './timeline.ts';

interface Listening {
  readonly machine: Machine;
  readonly channel: string;
  readonly onNotify: (payload: string) => void;
}

const QUICK_MS = 5;
const LATE_MS = 20_000;

export class Notifications {
  readonly timeline: Timeline;
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #faults: Faults;
  readonly #listening = new Set<Listening>();

  constructor(parts: { timeline: Timeline; scheduler: Scheduler; random: SeededRandom; faults: Faults }) {
    this.timeline = parts.timeline;
    this.#scheduler = parts.scheduler;
    this.#random = parts.random;
    this.#faults = parts.faults;
  }

  async listen(machine: Machine, channel: string, onNotify: (payload: string) => void) {
    const listening = { machine, channel, onNotify };
    this.#listening.add(listening);
    machine.onDeath(() => this.#listening.delete(listening));
    onNotify('');
    return {
      stop: async () => {
        this.#listening.delete(listening);
      },
    };
  }

  /** Called when their transaction has committed. */
  send(notes: readonly { channel: string; payload: string }[]): void {
    for (const { channel, payload } of new Map(
      notes.map((note) => [note.channel + note.payload, note]),
    ).values()) {
      for (const listening of this.#listening) {
        if (listening.channel === channel) this.#deliver(listening, payload);
      }
    }
  }

  /** After every reconnect a listener is told to look again. */
  reconnected(): void {
    for (const listening of this.#listening) this.#deliver(listening, '');
  }

  #deliver({ machine, onNotify }: Listening, payload: string): void {
    if (this.#faults.strikes('notification_lost', this.#random)) return;
    const isLate = this.#faults.strikes('notification_late', this.#random);
    const delayMs = isLate ? this.#random.between(1_000, LATE_MS) : this.#random.between(0, QUICK_MS);
    this.#scheduler.after(delayMs, () => machine.resume(() => onNotify(payload)));
  }
}
