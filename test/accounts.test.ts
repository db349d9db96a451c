/** An account from outside, with real processes and their own database roles: made, mailed, used, ended. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionView } from '#contracts/management.ts';
import type { AccountView, SessionItem, UserView } from '#contracts/people.ts';
import { ApiClient } from './api-client.ts';
import { startStack } from './stack.ts';

const PASSWORD = 'three blind little mice';
const OTHER = 'see how they run away';
const WITHIN_MS = 120_000;

test('a new user sets a password by the mailed link, signs in, and forgets it again', {
  timeout: 300_000,
}, async () => {
  await using stack = await startStack();
  const admin = new ApiClient(stack.url);
  await admin.login('admin', stack.adminPassword());
  const wanted = { username: 'ada', email: 'ada@example.test', language: 'fr' };
  const user = await admin.json<UserView>('POST', '/api/v1/users', wanted);
  const first = await nextMail(join(stack.dataDir, 'mail'), 0);
  assert.match(first, /^Subject: Votre compte$/m);

  const set = (mail: string, password: string) =>
    new ApiClient(stack.url).send('POST', '/api/v1/password-reset/confirm', {
      token: tokenOf(mail),
      password,
    });
  assert.equal((await set(first, PASSWORD)).status, 204);
  const ada = new ApiClient(stack.url);
  const session = await ada.login('ada', PASSWORD);
  assert.deepEqual([session.organisation.kind, session.organisation.role], ['personal', 'owner']);
  const account = await ada.json<AccountView>('GET', '/api/v1/account');
  assert.deepEqual([account.id, account.organisations.length], [user.id, 1]);
  assert.equal((await ada.send('GET', '/api/v1/users')).status, 403);

  assert.equal(
    (await new ApiClient(stack.url).send('POST', '/api/v1/password-reset', { login: 'ada' })).status,
    202,
  );
  const second = await nextMail(join(stack.dataDir, 'mail'), 1);
  assert.equal((await set(second, OTHER)).status, 204);
  assert.equal((await ada.send('GET', '/api/v1/session')).status, 401, 'the reset ended all sessions');
  await ada.login('ada', OTHER);

  const elsewhere = new ApiClient(stack.url);
  await elsewhere.login('ada', OTHER);
  const { data } = await ada.json<{ data: SessionItem[] }>('GET', '/api/v1/sessions');
  assert.equal(data.length, 2);
  assert.deepEqual(await ada.json('DELETE', '/api/v1/sessions'), { ended: 1 });
  assert.equal((await elsewhere.send('GET', '/api/v1/session')).status, 401);

  // The first administrator has a workspace beside the organisation, and goes there and back.
  const { organisations } = await admin.json<AccountView>('GET', '/api/v1/account');
  for (const { id, kind } of organisations) {
    const moved = await admin.json<SessionView>('POST', '/api/v1/session/organisation', {
      organisation_id: id,
    });
    assert.deepEqual([moved.organisation.id, moved.organisation.kind], [id, kind]);
  }
  await admin.json('PATCH', `/api/v1/users/${user.id}`, { is_disabled: true });
  assert.equal((await ada.send('GET', '/api/v1/session')).status, 401);
  const logs = readdirSync(join(stack.dataDir, 'logs')).map((name) =>
    readFileSync(join(stack.dataDir, 'logs', name), 'utf8'),
  );
  for (const secret of [tokenOf(first), tokenOf(second), PASSWORD, OTHER]) {
    assert(!logs.some((text) => text.includes(secret)), 'no log has a link or a password');
  }
});

/** The mail that comes after so many others. */
async function nextMail(folder: string, after: number): Promise<string> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const names = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.eml'))
          .sort()
      : [];
    const links = names
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .filter((text) => /token=/.test(text));
    if (links.length > after) return links[after] ?? '';
    assert(performance.now() < deadline, `no mail within ${WITHIN_MS} ms`);
    await sleep(50);
  }
}

function tokenOf(mail: string): string {
  const plain = mail.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
  return /#token=(\w+)/.exec(plain)?.[1] ?? '';
}
