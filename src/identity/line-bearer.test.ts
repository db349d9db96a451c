import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrgId, RequestId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import { isLineBearer, signLineBearer, verifyLineBearer } from './line-bearer.ts';
import { verifyWebBearer } from './web-bearer.ts';

const key = new Secret('a key of the installation');
const claims = {
  apiKeyId: 'key_00000000000000000000000001',
  orgId: 'org_00000000000000000000000001' as OrgId,
  requestId: 'req_00000000000000000000000001' as RequestId,
  expiresAtMs: 10_000,
};

test('what was signed is believed until it expires, and by nobody with another key', () => {
  const text = signLineBearer(key, claims).reveal();
  assert.ok(isLineBearer(text));
  assert.deepEqual(verifyLineBearer(key, text, 9_999), claims);
  assert.equal(verifyLineBearer(key, text, 10_000), undefined);
  assert.equal(verifyLineBearer(new Secret('another'), text, 0), undefined);
});

test('nothing that was changed is believed, and no bearer of a line is one of a browser', () => {
  const text = signLineBearer(key, claims).reveal();
  for (let at = 0; at < text.length - 1; at++) {
    const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    assert.equal(verifyLineBearer(key, changed, 0), undefined, `character ${at}`);
  }
  assert.equal(verifyLineBearer(key, `${text}.x`, 0), undefined);
  assert.equal(verifyWebBearer(key, text.replace('inv_line.', 'inv_web.'), 0), undefined);
});
