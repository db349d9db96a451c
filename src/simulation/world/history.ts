/** One history: a world from its seed, lived to the end, and what was wrong with it. */
import { messageOf } from '#kernel/errors.ts';
import type { DatabaseServer } from './database-server.ts';
import type { Fault } from './faults.ts';
import { checkEnd } from './final-checks.ts';
import type { Focus } from './focus.ts';
import type { MannerName } from './manner.ts';
import type { RentedType } from './people.ts';
import type { Tenant } from './production.ts';
import { settled } from './scheduler.ts';
import type { Violation } from './timeline.ts';
import { World } from './world.ts';

export interface Stage {
  readonly server: DatabaseServer;
  readonly installationId: string;
  readonly tenants: readonly Tenant[];
  readonly types: readonly RentedType[];
}

export interface HistoryOptions {
  readonly seed: string;
  /** Simulated time after which it is stopped. */
  readonly untilMs?: number | undefined;
  readonly hours?: number | undefined;
  readonly focus?: Focus | undefined;
  /** The first violation ends it: for those who only want to know whether there is one. */
  readonly endsAtViolation?: boolean;
}

export interface HistoryReport {
  readonly seed: string;
  readonly violations: readonly Violation[];
  readonly hash: string;
  readonly faults: readonly Fault[];
  /** Of its providers. */
  readonly manners: readonly MannerName[];
  readonly simulatedMs: number;
  readonly events: number;
  readonly transitions: number;
  readonly servers: number;
  readonly deaths: number;
  readonly lockWaits: number;
  /** The merged timeline, where something was wrong or it was asked for. */
  readonly timeline: string;
}

/** Awaits of the code under test that lead nowhere are dropped with the world. */
export async function runHistory(stage: Stage, options: HistoryOptions): Promise<HistoryReport> {
  const { seed, untilMs, hours, focus, endsAtViolation = false } = options;
  await stage.server.reset();
  const world = new World({ ...stage, seed, hours, focus, endsAtViolation });
  const { timeline, scheduler, observations } = world;
  const startMs = scheduler.nowMs;
  try {
    await world.run(untilMs);
    const { server } = stage;
    const { clouds } = world;
    if (untilMs === undefined && !world.isOver) {
      await checkEnd({ server, clouds, timeline, transitions: observations.transitions });
    }
  } catch (error) {
    const stack = error instanceof Error ? error.stack : undefined;
    timeline.violate('simulation', `${messageOf(error)} ${stack ?? ''}`);
  }
  const { deaths } = world;
  world.close();
  await settled();
  return {
    seed,
    violations: timeline.violations,
    hash: timeline.digest(),
    faults: world.faults.present,
    manners: world.clouds.map(({ manner }) => manner.name),
    simulatedMs: scheduler.nowMs - startMs,
    events: scheduler.planned,
    transitions: observations.transitions,
    servers: world.clouds.reduce((sum, cloud) => sum + cloud.ledger.servers.size, 0),
    deaths,
    lockWaits: stage.server.lockWaits,
    timeline: timeline.render(),
  };
}
