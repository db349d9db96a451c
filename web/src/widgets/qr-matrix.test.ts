import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { qrMatrix } from './qr-matrix.ts';

const ADDRESS =
  'otpauth://totp/Inventiv%20Agents:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Inventiv%20Agents&algorithm=SHA1&digits=6&period=30';

test('the picture of an address is the one that a reader of another make has read', () => {
  const matrix = qrMatrix(ADDRESS);
  assert.equal(matrix.length, 49);
  const text = matrix.map((row) => row.map(Number).join('')).join('\n');
  const digest = createHash('sha256').update(text).digest('hex');
  assert.equal(digest, 'e3152fd1d2e4165f58651d75c26374acc92d4b55b9e621a3647b6b5b046389e3');
});

test('the smallest version that holds the text is taken, and none is refused', () => {
  assert.deepEqual(
    [14, 15, 122, 123, 213].map((length) => qrMatrix('q'.repeat(length)).length),
    [21, 25, 45, 49, 57],
  );
  assert.throws(() => qrMatrix('q'.repeat(214)), RangeError);
});
