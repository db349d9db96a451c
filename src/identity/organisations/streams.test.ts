import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import { type EventHub, startEventHub } from '#http/event-hub.ts';
import { eventRoutes } from '#http/event-routes.ts';
import { isSameSession } from '../authenticator.ts';
import { startTestApi, type TestApi, type TestPerson } from '../testing.ts';
import { memberRoutes } from './member-routes.ts';

const PATIENCE_MS = 60_000;

async function start(t: TestContext): Promise<TestApi> {
  let hub: EventHub | undefined;
  t.after(() => hub?.stop());
  return startTestApi(t, {
    asRole: 'api',
    routes: async ({ env, db }) => {
      // Without looking by itself: only the notification can end a stream here within the test's patience.
      hub = await startEventHub(env, db, { recheckMs: 10 * PATIENCE_MS });
      const isStillAllowed = (...about: [Parameters<typeof isSameSession>[1], { cookie?: string }]) =>
        isSameSession(db, ...about);
      return [...memberRoutes({ db }), ...eventRoutes({ hub, isStillAllowed })];
    },
  });
}

interface OpenStream {
  readonly ended: Promise<unknown>;
}

async function openStream(t: TestContext, api: TestApi, as: TestPerson): Promise<OpenStream> {
  const request = get(`${api.url}/api/v1/events`, { headers: { cookie: as.cookie }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  t.after(() => response.destroy());
  assert.equal(response.statusCode, 200);
  response.resume();
  return { ended: once(response, 'end') };
}

/** @throws when it goes on */
async function requireEnd({ ended }: OpenStream, what: string): Promise<void> {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the stream goes on: ${what}`)), PATIENCE_MS).unref();
  });
  await Promise.race([ended, late]);
}

test('the streams of whoever is removed, leaves or gets another role end, and no others', async (t) => {
  const api = await start(t);
  const owner = await api.person();
  const path = (one: TestPerson) => `/api/v1/organisation/members/${one.userId}`;
  const change = (one: TestPerson, role: string) =>
    api.send(path(one), { method: 'PATCH', as: owner, body: { role } });
  const remove = (one: TestPerson, as = owner) => api.send(path(one), { method: 'DELETE', as });
  const acts: [string, (one: TestPerson) => Promise<{ status: number }>][] = [
    ['removed', (one) => remove(one)],
    ['leaving', (one) => remove(one, one)],
    ['raised', (one) => change(one, 'admin')],
    ['lowered', (one) => change(one, 'user')],
  ];
  let isOthersEnded = false;
  const others = await openStream(t, api, await api.person('admin', owner.orgId));
  void others.ended.then(
    () => {
      isOthersEnded = true;
    },
    () => undefined,
  );
  for (const [what, act] of acts) {
    const one = await api.person('manager', owner.orgId);
    const stream = await openStream(t, api, one);
    assert.equal((await act(one)).status, 200, what);
    await requireEnd(stream, what);
  }
  assert.equal(isOthersEnded, false);
});
