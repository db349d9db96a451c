import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrgId, SessionId, UserId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import { isWebBearer, signWebBearer, verifyWebBearer } from './web-bearer.ts';

const KEY = new Secret('k'.repeat(43));
const CLAIMS = {
  sessionId: 'sess_01k9xq3v5w7y9z1b3d5f7h9j1m' as SessionId,
  userId: 'user_01k9xq3v5w7y9z1b3d5f7h9j1m' as UserId,
  orgId: 'org_01k9xq3v5w7y9z1b3d5f7h9j1m' as OrgId,
  expiresAtMs: 60_000,
};

test('a bearer says what was signed, until it expires', () => {
  const bearer = signWebBearer(KEY, CLAIMS).reveal();
  assert(isWebBearer(bearer));
  assert.deepEqual(verifyWebBearer(KEY, bearer, 59_999), CLAIMS);
  assert.equal(verifyWebBearer(KEY, bearer, 60_000), undefined);
});

test('no change to a bearer is accepted, nor another key', () => {
  const bearer = signWebBearer(KEY, CLAIMS).reveal();
  for (let at = 0; at < bearer.length; at++) {
    const changed = bearer.slice(0, at) + (bearer[at] === 'A' ? 'B' : 'A') + bearer.slice(at + 1);
    const claims = verifyWebBearer(KEY, changed, 0);
    // The last character of a digest in base64 has bits that say nothing.
    if (at < bearer.length - 1) assert.equal(claims, undefined, `position ${at}`);
    else if (claims) assert.deepEqual(claims, CLAIMS);
  }
  assert.equal(verifyWebBearer(new Secret('other'), bearer, 0), undefined);
});

test('garbage is not a bearer', () => {
  for (const text of [
    '',
    'inv_web.',
    'inv_web..',
    'inv_web.a.b',
    'inv_web.a.b.c',
    `inv_web.${'x'.repeat(5_000)}.y`,
  ]) {
    assert.equal(verifyWebBearer(KEY, text, 0), undefined);
  }
});
