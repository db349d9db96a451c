/**
 * Kills or stops a process at every named crash point and sees whether everything still ends as it must.
 *
 * First each life is lived undisturbed while the points it visits are written down. Then it is lived again with
 * points armed, a few in one life, one after the other: `kill -9`, or SIGSTOP for longer than the lease. After each
 * life nothing may be left at the cloud and every row must be at rest; at the end our costs must equal the cloud's bill.
 */
import { assertBillsEqual } from '../mock-cloud-client.ts';
import type { CrashSignal } from './crash-file.ts';
import { LIVES, type Life } from './lives.ts';
import { LIMIT_MS, pause, Stage } from './stage.ts';

export interface KillPointsReport {
  readonly points: number;
  readonly runs: number;
  readonly hits: number;
  readonly violations: readonly string[];
}

interface Target {
  readonly point: string;
  readonly signal: CrashSignal;
}

/** The lease of the test profile and a margin: a stopped process wakes up without it. */
const STOPPED_MS = 1_500;
const TARGETS_PER_LIFE = 6;
const SIGNALS: readonly CrashSignal[] = ['SIGKILL', 'SIGSTOP'];

export async function runKillPoints(runs: number, tell: (line: string) => void): Promise<KillPointsReport> {
  await using stage = await Stage.open({ MOCK_PARTS: 'all', PROVIDER_TIMEOUT_MS: '2000' });
  const violations: string[] = [];
  const pointsOf = await record(stage, tell);
  let hits = 0;
  for (let run = 1; run <= runs; run++) {
    for (const [life, points] of pointsOf) {
      for (const signal of SIGNALS) {
        const targets = points.map((point) => ({ point, signal }));
        hits += await hitAll(stage, life, targets, violations);
        tell(
          `run ${run}: ${life.name}, ${signal} at ${points.length} points, ${violations.length} violations`,
        );
      }
    }
  }
  await assertBillsEqual(stage.api, stage.cloud, LIMIT_MS).catch((error: unknown) => {
    violations.push(`costs differ from the bill: ${String(error)}`);
  });
  const points = [...pointsOf.values()].reduce((sum, list) => sum + list.length, 0);
  return { points, runs, hits, violations };
}

/** Each point belongs to the first life that visits it. */
async function record(stage: Stage, tell: (line: string) => void): Promise<Map<Life, string[]>> {
  const known = new Set<string>();
  const pointsOf = new Map<Life, string[]>();
  for (const life of LIVES) {
    stage.crash.record();
    await life.run(stage);
    await expectNothingLeft(stage);
    const fresh = stage.crash.recorded().filter((point) => !known.has(point));
    for (const point of fresh) known.add(point);
    pointsOf.set(life, fresh);
    tell(`${life.name}: ${fresh.length} points`);
  }
  stage.crash.disarm();
  return pointsOf;
}

async function hitAll(
  stage: Stage,
  life: Life,
  targets: readonly Target[],
  violations: string[],
): Promise<number> {
  const lives = Math.ceil(targets.length / TARGETS_PER_LIFE);
  const missed: Target[] = [];
  // Every n-th point in one life: far enough apart that the life gets on between two kills.
  for (let first = 0; first < lives; first++) {
    const batch = targets.filter((_, index) => index % lives === first);
    missed.push(...(await liveThrough(stage, life, batch, violations)));
  }
  // An earlier kill may have led past a later point; alone it must be reached.
  for (const target of missed) {
    const again = await liveThrough(stage, life, [target], violations);
    if (again.length > 0) violations.push(`${target.point} was not reached`);
  }
  return targets.length;
}

/** Lives once with these points armed in turn. @returns those that were not reached */
async function liveThrough(
  stage: Stage,
  life: Life,
  targets: readonly Target[],
  violations: string[],
): Promise<Target[]> {
  const ended = new AbortController();
  const hunt = huntAll(stage, targets, ended.signal);
  try {
    await life.run(stage);
    ended.abort();
    const missed = await hunt;
    await expectNothingLeft(stage);
    return missed;
  } catch (error) {
    ended.abort();
    await hunt;
    const names = targets.map(({ point }) => point).join(', ');
    violations.push(`${life.name} with ${targets[0]?.signal} at ${names}: ${String(error)}`);
    return [];
  }
}

async function huntAll(stage: Stage, targets: readonly Target[], ended: AbortSignal): Promise<Target[]> {
  for (const [index, target] of targets.entries()) {
    stage.crash.arm(target.point, target.signal);
    let hit = stage.crash.hit();
    while (!hit && !ended.aborted) {
      await pause(5);
      hit = stage.crash.hit();
    }
    if (!hit) {
      stage.crash.disarm();
      return targets.slice(index);
    }
    if (target.signal === 'SIGSTOP') {
      await pause(STOPPED_MS);
      process.kill(hit.pid, 'SIGCONT');
    }
  }
  return [];
}

/** Every row at rest, nothing at the cloud. */
async function expectNothingLeft(stage: Stage): Promise<void> {
  let left: readonly string[] = [];
  await stage
    .until('nothing is left at the cloud', async () => {
      left = await stage.cloud.listLiving();
      return left.length === 0;
    })
    .catch(() => {
      throw new Error(`left at the cloud: ${left.join(', ')}`);
    });
}
