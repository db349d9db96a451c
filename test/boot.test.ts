/** The first step of every word, on a copy of the repository's outline with nothing installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');

function outline(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'inventiv-boot-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (const path of ['package.json', 'package-lock.json', 'web/package.json', 'scripts/boot.mjs']) {
    cpSync(join(ROOT, path), join(home, path));
  }
  writeFileSync(
    join(home, 'hello.mjs'),
    "console.log('hello', process.argv.slice(2).join(' ')); process.exit(7);",
  );
  return home;
}

function boot(home: string, words: string[], variables: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['scripts/boot.mjs', ...words], {
    cwd: home,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'], HOME: home, npm_config_cache: join(home, 'cache'), ...variables },
  });
}

/** As npm leaves it after an installation by hand. */
function pretendInstalled(home: string): void {
  mkdirSync(join(home, 'node_modules'));
  cpSync(join(home, 'package-lock.json'), join(home, 'node_modules/.package-lock.json'));
}

test('an installed tree is recognised, and the file runs with its arguments and exit code', (t) => {
  const home = outline(t);
  pretendInstalled(home);
  const ended = boot(home, ['hello.mjs', 'one', '--two']);
  assert.deepEqual([ended.stdout, ended.stderr, ended.status], ['hello one --two\n', '', 7]);
  assert.match(readFileSync(join(home, 'node_modules/.inventiv-lock'), 'utf8'), /^[0-9a-f]{64}$/);
});

test('a registry that cannot be reached is one line', (t) => {
  const home = outline(t);
  const ended = boot(home, ['hello.mjs'], {
    npm_config_registry: 'http://127.0.0.1:1/',
    npm_config_fetch_retries: '0',
  });
  assert.equal(ended.status, 1);
  assert.equal(
    ended.stderr,
    'Installing packages, this is needed once ...\ninventiv: packages were not installed: the package registry cannot be reached, look at the network and at `npm config get registry`\n',
  );
  assert.equal(existsSync(join(home, 'node_modules/.inventiv-lock')), false);
});

test('a machine without npm is told so', (t) => {
  const home = outline(t);
  const bin = join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const ended = boot(home, ['hello.mjs'], { PATH: bin });
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /\ninventiv: npm is missing: install it \(on Debian: apt-get install npm\)\n$/);
});

test('another version in the tree than in the lock file is not taken for installed', (t) => {
  const home = outline(t);
  pretendInstalled(home);
  const record = join(home, 'node_modules/.package-lock.json');
  const tree = JSON.parse(readFileSync(record, 'utf8')) as { packages: Record<string, { version: string }> };
  const found = tree.packages['node_modules/pg'];
  assert.ok(found);
  found.version = '0.0.1';
  writeFileSync(record, JSON.stringify(tree));
  const ended = boot(home, ['hello.mjs'], { PATH: dirname(process.execPath) });
  assert.match(ended.stderr, /Installing packages/);
});
