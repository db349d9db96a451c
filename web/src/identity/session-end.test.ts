import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionView } from '#contracts/management.ts';
import { ProblemError } from '../api/problem-error.ts';
import { findSession } from './session-end.ts';

const SESSION = { user: { id: 'user_a' } } as SessionView;

async function findAfter(statuses: readonly number[]) {
  const waits: number[] = [];
  const left = [...statuses];
  const found = await findSession(
    async () => {
      const status = left.shift();
      if (status === undefined || status === 200) return SESSION;
      throw new ProblemError({
        status,
        code: status === 401 ? 'auth.required' : 'internal',
        title: '',
      } as never);
    },
    async (ms) => void waits.push(ms),
  );
  return { found, asked: waits.length };
}

test('a session whose token was replaced meanwhile goes on', async () => {
  assert.deepEqual(await findAfter([401, 200]), { found: SESSION, asked: 2 });
  assert.deepEqual(await findAfter([200]), { found: SESSION, asked: 1 });
});

test('it has ended when it is refused each time, and nobody knows while the server is away', async () => {
  assert.deepEqual(await findAfter([401, 401, 401]), { found: 'ended', asked: 3 });
  assert.deepEqual(await findAfter([401, 503]), { found: undefined, asked: 2 });
});
