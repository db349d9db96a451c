import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { SILENT_LOG } from '../log.ts';
import { systemEnv } from '../system-env.ts';
import { mintToken } from '../token.ts';
import { findLeak, nameSecret, takeLeaks, watchText } from './canaries.ts';

const env = systemEnv(SILENT_LOG);
const token = mintToken(env.random, 'sess', '01k9xq3v5w7y9z1b').reveal();

test('a secret that was named is found in every writing, and nothing else is', () => {
  const secret = 'correct "horse" battery/staple+é';
  nameSecret('a pass phrase', secret);
  const writings = [
    secret,
    JSON.stringify({ a: secret }),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`Basic user:${secret}`).toString('base64'),
    Buffer.from(`x${secret}y`).toString('base64url'),
    Buffer.from(`xy${secret}`).toString('base64url'),
  ];
  for (const writing of writings) {
    assert.equal(findLeak(`before ${writing} after`)?.secret, 'a pass phrase', writing);
  }
  assert.equal(findLeak('correct horse battery staple'), undefined);
});

test('a token of ours is found by its form, in the middle of anything', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      assert.ok(findLeak(`${before} ${token}${after}`));
      assert.ok(findLeak(Buffer.from(`${before}${token}${after}`).toString('base64')));
      assert.ok(findLeak(Buffer.from(`${before}${token}${after}`).toString('hex')));
    }),
  );
  assert.equal(findLeak(`${token.slice(0, 24)}… is revoked`), undefined, 'the public part is no secret');
  assert.equal(findLeak('inv_sess_ and inv_key_ are how they begin'), undefined);
});

test('what is found is kept for the end, without the secret itself', () => {
  watchText('a planted place', `a line with ${token}`);
  const [leak] = takeLeaks();
  assert.deepEqual(leak, { place: 'a planted place', secret: 'a token', excerpt: 'a line with ' });
  assert.deepEqual(takeLeaks(), []);
});

test('a process that leaks fails at its end, although all its tests passed', () => {
  const canaries = fileURLToPath(new URL('./canaries.ts', import.meta.url));
  const run = (text: string) =>
    spawnSync(
      process.execPath,
      [
        '--input-type=module-typescript',
        '--eval',
        `import { nameSecret, watchText } from '${canaries}'; nameSecret('it', 'hunter2-hunter2');
         watchText('there', '${text}'); process.exitCode = 0; process.exit(0);`,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
  const leaking = run('x hunter2-hunter2 y');
  assert.equal(leaking.status, 1, leaking.stderr);
  assert.match(leaking.stderr, /LEAK of it in there, after: x \n/);
  assert.ok(!leaking.stderr.includes('hunter2'));
  assert.equal(run('x y').status, 0);
});
