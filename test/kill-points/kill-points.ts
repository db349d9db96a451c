/**
 * Kills or stops a process at every named crash point and sees whether everything still ends as it must.
 *
 * Each life is lived as often as its points need, a batch of them armed in one life: `kill -9`, or SIGSTOP for longer
 * than the lease. After each life nothing may be left at the cloud or in any row, and our costs must equal the cloud's
 * bill. Several stages with processes, a database and a cloud of their own work side by side: most of it is waiting.
 * A point that nobody came to is tried again alone; one that is not reached then is told by its name.
 */
import type { CrashSignal } from './crash-file.ts';
import { Hunt, type Target } from './hunt.ts';
import type { Life } from './life.ts';
import { LIVES } from './lives.ts';
import { Stage } from './stage.ts';

export interface KillPointsReport {
  readonly points: number;
  readonly runs: number;
  readonly lives: number;
  readonly kills: number;
  readonly stops: number;
  /** Points that no process came to. */
  readonly unreached: readonly string[];
  readonly violations: readonly string[];
  readonly seconds: number;
}

export interface KillPointsOptions {
  readonly runs: number;
  /** Each point by both signals, or by one of them in turn. */
  readonly isThorough: boolean;
  /** Only these lives, by name; all of them when left out. */
  readonly lives?: readonly string[] | undefined;
  readonly stages: number;
  readonly tell: (line: string) => void;
}

interface Batch {
  readonly life: Life;
  readonly targets: readonly Target[];
  /** How often a point that was missed may still be tried, alone. */
  readonly triesLeft: number;
}

/** More in one life save starts and endings; fewer tell more exactly what led to a violation. */
const TARGETS_PER_LIFE = 16;
const SIGNALS: readonly CrashSignal[] = ['SIGKILL', 'SIGSTOP'];
const TRIES_ALONE = 3;
const COMPLAINTS_MAX = 20;

export async function runKillPoints(options: KillPointsOptions): Promise<KillPointsReport> {
  const startedAt = performance.now();
  const lives = LIVES.filter(({ name }) => options.lives?.includes(name) ?? true);
  const found = new Findings(options.tell);
  for (let run = 1; run <= options.runs; run++) {
    const batches = lives.flatMap((life) => batchesOf(life, options.isThorough, run));
    await liveAll(batches, options.stages, found);
  }
  return {
    points: new Set(lives.flatMap(({ points }) => points)).size,
    runs: options.runs,
    lives: found.lives,
    kills: found.kills,
    stops: found.stops,
    unreached: found.unreached,
    violations: found.violations,
    seconds: Math.round((performance.now() - startedAt) / 1000),
  };
}

class Findings {
  lives = 0;
  kills = 0;
  stops = 0;
  readonly unreached: string[] = [];
  readonly violations: string[] = [];
  readonly #tell: (line: string) => void;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  note({ life, targets }: Batch, missed: readonly Target[], ms: number): void {
    const hit = targets.filter((target) => !missed.includes(target));
    this.lives += 1;
    this.kills += hit.filter(({ signal }) => signal === 'SIGKILL').length;
    this.stops += hit.filter(({ signal }) => signal === 'SIGSTOP').length;
    const not = missed.length > 0 ? `, not reached: ${missed.map(({ point }) => point).join(' ')}` : '';
    this.#tell(
      `${life.name}: ${hit.length} of ${targets.length} points in ${(ms / 1000).toFixed(1)} s${not}`,
    );
  }

  violate(text: string): void {
    this.violations.push(text);
    this.#tell(`violation: ${text}`);
  }
}

function batchesOf(life: Life, isThorough: boolean, run: number): Batch[] {
  const count = Math.max(life.apart ?? 1, Math.ceil(life.points.length / TARGETS_PER_LIFE));
  const rounds = isThorough ? [0, 1] : [run % 2];
  return rounds.flatMap((offset) => {
    const targets = life.points.map((point, index): Target => {
      // By pairs: what comes before an effect gets both signals, and what comes after it.
      const signal = SIGNALS[(Math.floor(index / 2) + offset) % SIGNALS.length] ?? 'SIGKILL';
      return { point, signal };
    });
    // Every n-th point in one life: far enough apart that the life gets on between two kills.
    return Array.from({ length: count }, (_, first) => ({
      life,
      targets: targets.filter((_target, index) => index % count === first),
      triesLeft: TRIES_ALONE,
    }));
  });
}

/** The longest first, so that the stages end together. */
async function liveAll(batches: readonly Batch[], stages: number, found: Findings): Promise<void> {
  const queue = [...batches].sort((a, b) => b.targets.length - a.targets.length);
  let opening: Promise<unknown> = Promise.resolve();
  // One after the other: each looks for ports that are free.
  const open = (): Promise<Stage> => {
    const stage = opening.then(() => Stage.open());
    opening = stage.catch(() => undefined);
    return stage;
  };
  const work = async (): Promise<void> => {
    let stage: Stage | undefined;
    try {
      for (let batch = queue.shift(); batch; batch = queue.shift()) {
        stage ??= await open();
        const outcome = await liveThrough(stage, batch, found);
        queue.push(...againAlone(batch, outcome.missed, found));
        if (outcome.isWell) continue;
        // What went wrong here must not be found again after the next life.
        await stage[Symbol.asyncDispose]();
        stage = undefined;
      }
    } finally {
      await stage?.[Symbol.asyncDispose]();
    }
  };
  await Promise.all(Array.from({ length: Math.min(stages, queue.length) }, work));
}

/** An earlier kill may have led past a later point; alone it is reached. */
function againAlone({ life, triesLeft }: Batch, missed: readonly Target[], found: Findings): Batch[] {
  if (triesLeft > 0) return missed.map((target) => ({ life, targets: [target], triesLeft: triesLeft - 1 }));
  found.unreached.push(...missed.map(({ point }) => point));
  return [];
}

interface Outcome {
  readonly missed: readonly Target[];
  readonly isWell: boolean;
}

/** Lives once with these points armed. */
async function liveThrough(stage: Stage, batch: Batch, found: Findings): Promise<Outcome> {
  const startedAt = performance.now();
  const hunt = new Hunt(stage.crash, batch.targets);
  const failure = await liveOut(stage, batch.life).catch((error: unknown) => describe(error));
  const left = new Set(await hunt.callOff());
  const missed = batch.targets.filter(({ point }) => left.has(point));
  if (failure === undefined) {
    found.note(batch, missed, performance.now() - startedAt);
    return { missed, isWell: true };
  }
  const names = batch.targets.map(({ point, signal }) => `${signal} ${point}`).join(', ');
  found.violate(`${batch.life.name} with ${names}:\n${failure}\n${complaintsIn(stage.stack.logTail())}`);
  return { missed: [], isWell: false };
}

async function liveOut(stage: Stage, life: Life): Promise<undefined> {
  await life.run(stage);
  await stage.forgetChanges();
  await stage.untilSettled();
}

/** What processes complain of, without the lines about leases: those are lost here all the time. */
function complaintsIn(log: string): string {
  const isComplaint = (line: string) =>
    /"level":"(warn|error|fatal)"/.test(line) && !/lease was lost/.test(line);
  return log.split('\n').filter(isComplaint).slice(-COMPLAINTS_MAX).join('\n');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error) : `${error}, because ${describe(error.cause)}`;
}
