/** Processes that play histories side by side, each on a database of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Secret } from '#kernel/secret.ts';
import type { HistoryOptions, HistoryReport } from '#simulation/world/history.ts';

const PLAYER = fileURLToPath(new URL('./sim-player.ts', import.meta.url));

export interface PlayersOptions {
  readonly url: Secret;
  readonly count: number;
  /** Name of a mutant that the players' code is to have. */
  readonly mutant?: string;
}

export interface Players {
  /** Reports in the order of the wishes. `isEnough` says after each whether to play no further ones. */
  play(
    wishes: readonly HistoryOptions[],
    isEnough: (report: HistoryReport) => boolean,
  ): Promise<HistoryReport[]>;
  stop(): Promise<void>;
}

let databases = 0;

export function startPlayers({ url, count, mutant }: PlayersOptions): Players {
  const children = Array.from({ length: count }, () => {
    const name = `sim_${process.pid}_${databases++}`;
    return fork(PLAYER, [name, ...(mutant ? [mutant] : [])], {
      env: { ...process.env, SIM_DATABASE_URL: url.reveal() },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  });
  return {
    async play(wishes, isEnough) {
      const reports = new Map<number, HistoryReport>();
      const queue = wishes.map((wish, index) => ({ wish, index }));
      await Promise.all(
        children.map(async (child) => {
          for (let next = queue.shift(); next; next = queue.shift()) {
            const report = await ask(child, next.wish);
            reports.set(next.index, report);
            if (isEnough(report)) queue.length = 0;
          }
        }),
      );
      return wishes.flatMap((_, index) => reports.get(index) ?? []);
    },
    async stop() {
      await Promise.all(children.map(end));
    },
  };
}

function ask(child: ChildProcess, wish: HistoryOptions): Promise<HistoryReport> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a process that plays histories has ended'));
    child.once('exit', onExit);
    child.once('message', (report) => {
      child.off('exit', onExit);
      resolve(report as HistoryReport);
    });
    child.send(wish);
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.disconnect();
  });
}
