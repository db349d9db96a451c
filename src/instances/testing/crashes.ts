/** Lives that end and begin again at every point where a process may die. For tests only. */
import assert from 'node:assert/strict';
import type { InstanceId } from '#kernel/ids.ts';
import { assertBooksMatch, assertHistoriesReplay, type Bench, Crash, driveTo, terminate } from './bench.ts';

export interface Lives {
  /** A new machine for each life. */
  readonly order: (name: string) => Promise<InstanceId>;
  /** Passes every crash point that is to be tried. */
  readonly countIn: (id: InstanceId) => Promise<void>;
  /** The same again, with a crash on the way; ends with nothing wanted. */
  readonly act: (id: InstanceId) => Promise<void>;
  /** Which of the points are tried; those before an effect and after it, unless told otherwise. */
  readonly isTried?: (name: string) => boolean;
}

/** One life for each visit of a crash point. Gives the names of those that were tried. */
export async function crashAtEach(bench: Bench, lives: Lives): Promise<string[]> {
  const points: string[] = [];
  bench.atCrashPoint = (name) => void points.push(name);
  const counted = await lives.order('counted');
  await lives.countIn(counted);
  bench.atCrashPoint = () => undefined;
  await terminate(bench, counted);
  await driveTo(bench, counted, 'terminated');
  const isTried = lives.isTried ?? (() => true);
  // Between a commit and the next effect nothing happens: the point before that effect stands for both.
  const targets = points.flatMap((name, visit) =>
    /\.(decided|committed)$/.test(name) || !isTried(name) ? [] : [visit],
  );
  for (const target of targets) {
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    const id = await lives.order(`crash-${target}`);
    const where = `at visit ${target}, ${points[target]}`;
    await lives.act(id);
    assert.deepEqual(bench.provider.living, [], where);
    assert.deepEqual(bench.provider.livingVolumes, [], where);
    assert.deepEqual(bench.provider.livingParts, [], where);
    await assertBooksMatch(bench, id);
  }
  await assertHistoriesReplay(bench);
  return targets.map((target) => points[target] ?? '');
}
