/** A logger for tests that writes nowhere: its lines are made as in service, and searched for secrets. */
import { Writable } from 'node:stream';
import type { Logger } from '#kernel/log.ts';
import { watchText } from '#kernel/testing/canaries.ts';
import { createLogger } from './logger.ts';

export function watchedLog(component = 'test'): Logger {
  const stream = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      watchText('a line of log', line.toString());
      done();
    },
  });
  return createLogger({ component, level: 'debug', format: 'json', stream });
}
