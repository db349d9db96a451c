import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, isAllowed } from '../../../src/contracts/permissions.ts';
import { rightsOver } from './key-rights.ts';

const key = (owner: 'user' | 'organisation', person: string, revoked: string | null = null) => ({
  owner,
  user: { id: person, username: person },
  revoked_at: revoked,
});
const me = (role: 'owner' | 'admin' | 'manager' | 'user') => ({
  userId: 'me',
  isAllowed: (action: Action) => isAllowed(role, action),
});

test('one changes what is one’s own; others’ keys are ended or paid for by those who answer for it', () => {
  const all = { change: true, budget: true, revoke: true };
  const nothing = { change: false, budget: false, revoke: false };
  assert.deepEqual(rightsOver(key('user', 'me'), me('user')), all);
  assert.deepEqual(rightsOver(key('user', 'her'), me('user')), nothing);
  assert.deepEqual(rightsOver(key('user', 'her'), me('manager')), { ...nothing, budget: true });
  assert.deepEqual(rightsOver(key('user', 'her'), me('admin')), { ...nothing, revoke: true });
  assert.deepEqual(rightsOver(key('user', 'her'), me('owner')), { ...all, change: false });
  assert.deepEqual(rightsOver(key('organisation', 'her'), me('admin')), all);
  assert.deepEqual(rightsOver(key('organisation', 'me'), me('user')), nothing);
  assert.deepEqual(rightsOver(key('user', 'me', '2026-01-01'), me('owner')), nothing);
});
