import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { createLogger } from './logger.ts';
import { oneLineFor } from './process.ts';

/** Runs a command of a person to its end: warnings to stderr, one line and exit code 1 when it cannot be done. */
export async function runWord(name: string, work: (env: Env) => Promise<void>): Promise<void> {
  const log = createLogger({ component: name, level: 'warn', format: 'auto', stream: process.stderr });
  try {
    await work(systemEnv(log));
  } catch (error) {
    const line = oneLineFor(error) ?? (error instanceof Error ? error.stack : messageOf(error));
    process.stderr.write(`inventiv: ${line}\n`);
    process.exitCode = 1;
  }
}
