import { AppError, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type EngineSettings, parseEngineArgs } from '#simulation/engine/engine-args.ts';
import { startEngine } from '#simulation/engine/start-engine.ts';

/**
 * The simulated engine as a process. Progress goes to stdout as JSON lines (`pull`, `http`, `loading`, `ready`,
 * `failed`, `stopped`), logs to stderr. Exit codes: 0 asked to end, 1 failed, 2 wrong arguments. It ends on SIGTERM,
 * SIGINT and, with --die-with-parent, when its IPC channel or else its stdin closes, which the kernel does when the
 * parent dies.
 */
const settings = parseEngineArgs(process.argv.slice(2));
if (typeof settings === 'string') {
  process.stderr.write(`${settings}\n`);
  process.exitCode = 2;
} else {
  main(settings);
}

function main(own: EngineSettings): void {
  // A parent that no longer reads must not end the engine; its death does, by the other way.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const running = start(own);
  if (!running) return;
  let isStopping = false;
  const stop = async (exitCode: number) => {
    if (isStopping) return;
    isStopping = true;
    await running.stop().catch(report);
    say({ event: 'stopped' });
    process.exit(exitCode);
  };
  const fail = async (error: unknown) => {
    report(error);
    await stop(1);
  };
  const end = () => void stop(0);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (own.diesWithParent && process.connected) {
    process.on('disconnect', end);
  } else if (own.diesWithParent) {
    process.stdin.on('end', end).on('error', end).resume();
  }
  running.ready.catch(fail);
  running.engine.failed.catch(fail);
}

function start(own: EngineSettings): ReturnType<typeof startEngine> | undefined {
  try {
    const crash = () => process.kill(process.pid, 'SIGKILL');
    return startEngine(systemEnv(stderrLog({})), own, { say, crash });
  } catch (error) {
    report(error);
    process.exitCode = 1;
    return undefined;
  }
}

function report(error: unknown): void {
  const message = error instanceof AppError ? error.publicMessage : messageOf(error);
  say({ event: 'failed', message });
  process.stderr.write(`${JSON.stringify({ level: 'error', message })}\n`);
}

function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Warnings and errors only: what an engine does is in its token log and its metrics. */
function stderrLog(fields: Record<string, unknown>): Logger {
  const write = (level: string) => (own: Record<string, unknown>, message: string) => {
    process.stderr.write(`${JSON.stringify({ level, ...fields, ...own, message })}\n`);
  };
  return {
    debug() {},
    info() {},
    warn: write('warn'),
    error: write('error'),
    with: (more) => stderrLog({ ...fields, ...more }),
  };
}
