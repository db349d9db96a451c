import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { delegationRows, permissionRows } from './roles-document.ts';

const DOCUMENT = new URL('../../docs/reference/roles.md', import.meta.url);

test('the reference of roles says what the code does', () => {
  const rows = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .filter((line) => /^\| (`|owner|admin|manager|user)/.test(line));
  assert.deepEqual(
    rows,
    [...permissionRows(), ...delegationRows()],
    'write the rows of test/matrix/roles-document.ts into docs/reference/roles.md',
  );
});
