/** Every metric of the code is described, and nothing else is. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compareNames } from './architecture/documents.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const PAGE = 'docs/reference/metrics.md';

test('the page of metrics names those of the code', () => {
  // Variables of an inventory are names of ours too.
  const files = globSync('{src,bin}/**/*.ts', { cwd: ROOT }).filter(
    (file) => !file.endsWith('.test.ts') && !file.startsWith('src/hosts/inventory/'),
  );
  const known = files.flatMap((file) =>
    [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(/'(inventiv_[a-z_]+)'/g)].map(
      (match) => match[1] ?? '',
    ),
  );
  const page = readFileSync(`${ROOT}${PAGE}`, 'utf8');
  const listed = [...page.matchAll(/^\| `(inventiv_[a-z_]+)` \|/gm)].map((match) => match[1] ?? '');
  assert.deepEqual(compareNames([...new Set(known)], listed, PAGE), []);
});
