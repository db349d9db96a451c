import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import test from 'node:test';
import type { LogLevel } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { createLogger, type LogFormat } from './logger.ts';
import { openTerminal } from './terminal.ts';

function collect(level: LogLevel = 'debug', format: LogFormat = 'json') {
  const lines: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: createLogger({ component: 'part', level, format, stream }), lines };
}

test('a line is one JSON object with time, level, component, fields and message', () => {
  const { log, lines } = collect();
  log.with({ correlation_id: 'cor_1' }).info({ instance_id: 'inst_1' }, 'it happened');
  const line = JSON.parse(lines[0] ?? '') as Record<string, string>;
  assert.match(line['time'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  delete line['time'];
  assert.deepEqual(line, {
    level: 'info',
    component: 'part',
    correlation_id: 'cor_1',
    instance_id: 'inst_1',
    message: 'it happened',
  });
});

test('secrets and credentials do not reach a log', () => {
  const { log, lines } = collect();
  log.warn(
    {
      key: new Secret('hidden-1'),
      nested: { key: new Secret('hidden-2') },
      password: 'hidden-3',
      headers: { cookie: 'hidden-4' },
    },
    'careless',
  );
  assert.equal(lines.join('').includes('hidden'), false);
});

test('an error is told with its causes and code', () => {
  const { log, lines } = collect();
  const cause = Object.assign(new Error('inner'), { code: 'ECONNREFUSED' });
  log.error({ error: new Error('outer', { cause }) }, 'it failed');
  const { error } = JSON.parse(lines[0] ?? '') as { error: { message: string; cause: { code: string } } };
  assert.deepEqual([error.message, error.cause.code], ['outer', 'ECONNREFUSED']);
});

test('lines below the level are not written', () => {
  const { log, lines } = collect('warn');
  log.debug({}, 'one');
  log.info({}, 'two');
  log.warn({}, 'three');
  assert.equal(lines.length, 1);
});

test('the pretty form is for people', () => {
  const { log, lines } = collect('info', 'pretty');
  log.info({ pid: 1 }, 'ready');
  assert.match(lines.join(''), /INFO.*part: ready/);
});

test('the terminal shows warnings, errors and what is no log line, after the address', () => {
  const shown: string[] = [];
  const terminal = openTerminal((line) => shown.push((JSON.parse(line) as { message: string }).message));
  terminal.line('api', '{"level":"info","message":"quiet"}');
  terminal.line('api', '{"level":"warn","message":"careful"}');
  terminal.line('api', 'Segmentation fault');
  terminal.line('api', '');
  assert.deepEqual(shown, []);
  terminal.release();
  terminal.line('api', '{"level":"error","message":"broken"}');
  assert.deepEqual(shown, ['careful', 'Segmentation fault', 'broken']);
});
