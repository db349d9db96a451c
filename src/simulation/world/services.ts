/** The processes of the control plane in a simulated world, each started again after it has died. */
import type { Database } from '#database/database.ts';
import type { Runner } from '#jobs/runner.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Faults } from './faults.ts';
import { Machine } from './machine.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Timeline } from './timeline.ts';

export interface ServiceParts {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly openDatabase: (machine: Machine) => Database;
  /** What it does; undefined for one that only answers. */
  readonly boot: (machine: Machine, db: Database) => Promise<Runner | undefined>;
}

const RESTART_MS_MAX = 20_000;
/** Longer than any window in which an order is looked for. */
const PAUSE_MS_MAX = 400_000;
/** Just before a call that makes something. */
const ORDERING = /\.create-[a-z-]+\.before$/;
const STOP_LIMIT_MS = 3_000;
const CLOCK_SHIFT_MS_MAX = 3_600_000;

export class Service {
  readonly #parts: ServiceParts;
  machine: Machine;
  #runner: Runner | undefined;
  deaths = 0;
  #boots = 0;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.machine = this.#start();
  }

  get name(): string {
    return this.#parts.name;
  }

  kill(): void {
    if (this.machine.isAlive) this.#parts.timeline.fact(this.name, 'killed');
    this.machine.die();
  }

  pause(forMs: number): void {
    if (!this.machine.isAlive) return;
    this.#parts.timeline.fact(this.name, `paused for ${forMs} ms`);
    this.machine.pause(forMs);
  }

  /** As by SIGTERM: it has a moment to give its work back. */
  restart(): void {
    const { machine } = this;
    if (!machine.isAlive) return;
    this.#parts.timeline.fact(this.name, 'asked to stop');
    const end = () => machine.die();
    void this.#runner?.stop().then(end, end);
    this.#parts.scheduler.after(STOP_LIMIT_MS, end);
  }

  shiftClock(): void {
    const { random } = this.#parts;
    this.machine.clockOffsetMs = random.between(-CLOCK_SHIFT_MS_MAX, CLOCK_SHIFT_MS_MAX);
    this.#parts.timeline.note(this.name, `clock off by ${this.machine.clockOffsetMs} ms`);
  }

  #start(): Machine {
    const { scheduler, timeline, random, faults, name } = this.#parts;
    const machine = new Machine({
      name,
      scheduler,
      timeline,
      random: random.fork(`boot ${this.#boots++}`),
      crashesAt: (point) => this.#isStruck(machine, point),
    });
    this.#runner = undefined;
    machine.onDeath(() => {
      this.deaths += 1;
      const delayMs = faults.areOver ? 1_000 : random.between(500, RESTART_MS_MAX);
      scheduler.after(delayMs, () => {
        this.machine = this.#start();
      });
    });
    void this.#boot(machine);
    return machine;
  }

  #isStruck(machine: Machine, point: string): boolean {
    const { faults, timeline } = this.#parts;
    const isOrdering = ORDERING.test(point) && faults.strikes('pause_before_order', machine.random);
    if (isOrdering || faults.strikes('pause_at_point', machine.random)) {
      const forMs = machine.random.between(1_000, PAUSE_MS_MAX);
      timeline.fact(this.name, `paused at a crash point for ${forMs} ms`);
      machine.pause(forMs);
    }
    return faults.strikes('crash_at_point', machine.random);
  }

  /** A start that fails ends the process; whoever watches it starts it again. */
  async #boot(machine: Machine): Promise<void> {
    try {
      this.#runner = await this.#parts.boot(machine, this.#parts.openDatabase(machine));
    } catch (error) {
      this.#parts.timeline.note(this.name, `does not start: ${messageOf(error)}`);
      machine.die();
    }
  }
}
