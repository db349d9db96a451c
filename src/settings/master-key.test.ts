import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureSecrets } from '#config/secrets.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { openSealer } from './master-key.ts';
import { configOf } from './testing.ts';

test('the master key is made once, for its owner only, and a missing or short one is told in a line', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-master-key-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const env = systemEnv(SILENT_LOG);
  const config = configOf({ SECRETS_DIR: directory });
  const file = join(directory, 'master_key');
  assert.throws(() => openSealer(env, config), {
    name: 'ConfigError',
    message: /master_key is missing or empty$/,
  });
  ensureSecrets(env, config);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { keyId } = openSealer(env, config);
  ensureSecrets(env, config);
  assert.equal(openSealer(env, config).keyId, keyId);
  writeFileSync(file, 'short\n');
  assert.throws(() => openSealer(env, config), {
    name: 'StartError',
    message: /master_key has less than 32/,
  });
});
