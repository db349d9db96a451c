import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError, readConfig } from './config.ts';
import { requireConsistent } from './setting-rules.ts';

const refusal = (environment: Record<string, string>) => {
  try {
    requireConsistent(readConfig(environment));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
};

test('the defaults go together, and an environment that keeps the rules does', () => {
  assert.equal(refusal({}), undefined);
  assert.equal(refusal({ HEARTBEAT_INTERVAL_MS: '500' }), undefined);
  assert.equal(refusal({ HEARTBEAT_INTERVAL_MS: '10000', WORKER_SILENT_MS: '20000' }), undefined);
});

test('an environment that breaks a rule is refused with what was given, what it breaks and what to do', () => {
  const low = refusal({ HEARTBEAT_INTERVAL_MS: '10000' }) ?? '';
  assert.match(
    low,
    /^the environment contradicts itself: HEARTBEAT_INTERVAL_MS must be at most 4500, because WORKER_/,
  );
  assert.match(low, /WORKER_SILENT_MS is 9000: .*Choose another value, or change WORKER_SILENT_MS first\.$/);
  assert.match(refusal({ WORKER_SILENT_MS: '5000' }) ?? '', /WORKER_SILENT_MS must be at least 8000/);
  const two = refusal({ WORKER_SILENT_MS: '5000', JOB_RETRY_MAX_MS: '10' }) ?? '';
  assert.match(two, /WORKER_SILENT_MS must be .*JOB_RETRY_MAX_MS must be at least 500/, 'all at once');
});

test('a process does not start with such an environment', { timeout: 60_000 }, () => {
  const program = fileURLToPath(new URL('../../bin/api.ts', import.meta.url));
  const env = { PATH: process.env['PATH'] ?? '', HEARTBEAT_INTERVAL_MS: '10000', SECRETS_DIR: '/nowhere' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' });
  assert.equal(status, 1, stderr);
  assert.match(
    `${stdout}${stderr}`,
    /the environment contradicts itself: HEARTBEAT_INTERVAL_MS must be at most/,
  );
});
