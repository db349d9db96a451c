import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeLinkToken } from './link-token.ts';

function memory() {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  };
}

test('a token leaves the address at once, and is still known after a reload', () => {
  const kept = memory();
  const cleaned: string[] = [];
  const clean = (pathname: string) => void cleaned.push(pathname);
  const place = { pathname: '/invitation', hash: '#token=inv_abc' };
  assert.equal(takeLinkToken(place, kept, clean), 'inv_abc');
  assert.deepEqual(cleaned, ['/invitation']);
  assert.equal(takeLinkToken({ pathname: '/invitation', hash: '' }, kept, clean), 'inv_abc');
});

test('a token opens only the page that it was mailed for, and garbage is no token', () => {
  const kept = memory();
  const clean = () => undefined;
  takeLinkToken({ pathname: '/invitation', hash: '#token=inv_abc' }, kept, clean);
  assert.equal(takeLinkToken({ pathname: '/reset-password', hash: '' }, kept, clean), null);
  assert.equal(takeLinkToken({ pathname: '/confirm-email', hash: '#token=<script>' }, kept, clean), null);
});
