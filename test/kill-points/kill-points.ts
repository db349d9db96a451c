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
  /** Points that were found and not come to again: what leads there depends on who is faster. */
  readonly unreached: readonly string[];
  readonly violations: readonly string[];
}

export interface KillPointsOptions {
  readonly runs: number;
  /** Each point by both signals, or by one of them in turn. */
  readonly isThorough: boolean;
  /** Only these lives, by name; all of them when left out. */
  readonly lives?: readonly string[];
  readonly tell: (line: string) => void;
}

interface Target {
  readonly point: string;
  readonly signal: CrashSignal;
}

/** The lease of the test profile and a margin: a stopped process wakes up without it. */
const STOPPED_MS = 1_500;
const TARGETS_PER_LIFE = 8;
const SIGNALS: readonly CrashSignal[] = ['SIGKILL', 'SIGSTOP'];
const TRIES_ALONE = 2;

export async function runKillPoints(options: KillPointsOptions): Promise<KillPointsReport> {
  const { runs, isThorough, tell } = options;
  await using stage = await Stage.open({
    MOCK_PARTS: 'all',
    PROVIDER_TIMEOUT_MS: '2000',
    HEALTH_TIMEOUT_MS: '1000',
    HEALTH_BREAKER_OPEN_MS: '2000',
    REINSTALL_DEADLINE_MS: '8000',
  });
  const found: Findings = { hits: 0, unreached: [], violations: [], tell };
  const lives = LIVES.filter(({ name }) => options.lives?.includes(name) ?? true);
  const pointsOf = await record(stage, lives, tell);
  for (let run = 1; run <= runs; run++) {
    for (const [life, points] of pointsOf) {
      for (const targets of targetsOf(points, isThorough)) await hitAll(stage, life, targets, found);
      tell(`run ${run}: ${life.name}, ${found.hits} hits, ${found.violations.length} violations`);
    }
  }
  await assertBillsEqual(stage.api, stage.cloud, LIMIT_MS, stage.planted).catch((error: unknown) => {
    noteViolation(found, `costs differ from the bill: ${String(error)}`);
  });
  const points = [...pointsOf.values()].reduce((sum, list) => sum + list.length, 0);
  const { hits, unreached, violations } = found;
  return { points, runs, hits, unreached, violations };
}

interface Findings {
  hits: number;
  readonly unreached: string[];
  readonly violations: string[];
  readonly tell: (line: string) => void;
}

function noteViolation(found: Findings, text: string): void {
  found.violations.push(text);
  found.tell(`violation: ${text}`);
}

function targetsOf(points: readonly string[], isThorough: boolean): Target[][] {
  if (isThorough) return SIGNALS.map((signal) => points.map((point) => ({ point, signal })));
  return [points.map((point, index) => ({ point, signal: SIGNALS[index % SIGNALS.length] ?? 'SIGKILL' }))];
}

/** Each point belongs to the first life that visits it. */
async function record(
  stage: Stage,
  lives: readonly Life[],
  tell: (line: string) => void,
): Promise<Map<Life, string[]>> {
  const known = new Set<string>();
  const pointsOf = new Map<Life, string[]>();
  for (const life of lives) {
    stage.crash.record();
    await life.run(stage);
    await stage.untilNothingLives();
    const fresh = stage.crash.recorded().filter((point) => !known.has(point));
    for (const point of fresh) known.add(point);
    pointsOf.set(life, fresh);
    tell(`${life.name}: ${fresh.length} points`);
  }
  stage.crash.disarm();
  return pointsOf;
}

async function hitAll(stage: Stage, life: Life, targets: readonly Target[], found: Findings): Promise<void> {
  const lives = Math.ceil(targets.length / TARGETS_PER_LIFE);
  const missed: Target[] = [];
  // Every n-th point in one life: far enough apart that the life gets on between two kills.
  for (let first = 0; first < lives; first++) {
    const batch = targets.filter((_, index) => index % lives === first);
    missed.push(...(await liveThrough(stage, life, batch, found)));
  }
  // An earlier kill may have led past a later point; alone it is reached.
  for (const target of missed) {
    let left: readonly Target[] = [target];
    for (let count = 0; count < TRIES_ALONE && left.length > 0; count++) {
      left = await liveThrough(stage, life, left, found);
    }
    if (left.length > 0) found.unreached.push(target.point);
  }
}

/** Lives once with these points armed in turn. @returns those that were not reached */
async function liveThrough(
  stage: Stage,
  life: Life,
  targets: readonly Target[],
  found: Findings,
): Promise<readonly Target[]> {
  const ended = new AbortController();
  const hunt = huntAll(stage, targets, ended.signal);
  let failure: unknown;
  try {
    await life.run(stage);
  } catch (error) {
    failure = error;
  }
  ended.abort();
  const missed = await hunt;
  found.hits += targets.length - missed.length;
  try {
    if (failure) throw failure;
    await stage.untilNothingLives();
    return missed;
  } catch (error) {
    const names = targets.map(({ point, signal }) => `${signal} ${point}`).join(', ');
    noteViolation(found, `${life.name} with ${names}: ${String(error)}`);
    await stage.clearFaults();
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
