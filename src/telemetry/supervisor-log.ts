import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Config } from '#config/config.ts';
import type { Logger, LogLevel } from '#kernel/log.ts';
import { LogFile } from '#supervisor/log-file.ts';
import { createLogger, prettyStream } from './logger.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** The supervisor's own log goes to its file and, like those of its processes, in part to the terminal. */
export function supervisorLog(config: Config): { log: Logger; terminal: Terminal } {
  const terminal = openTerminal(terminalWriter(config));
  const file = new LogFile(join(config.dataDir, 'logs', 'supervisor.log'));
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      const line = chunk.trimEnd();
      file.append(line);
      terminal.line('supervisor', line);
      done();
    },
  });
  const level = config.values.LOG_LEVEL as LogLevel;
  return { log: createLogger({ component: 'supervisor', level, format: 'json', stream }), terminal };
}

function terminalWriter(config: Config): (line: string) => void {
  const format = config.values.LOG_FORMAT;
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
  if (!isPretty) return (line) => process.stderr.write(`${line}\n`);
  const pretty = prettyStream(2);
  return (line) => pretty.write(`${line}\n`);
}
