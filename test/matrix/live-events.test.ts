/** Every kind of live event has somebody who writes it, in the form that is declared; and routes tell what they changed. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EVENT_TYPES, type EventType, LIVE_EVENTS, liveEventSchema, maySee } from '#contracts/events.ts';
import { ORGANISATION_ROLES } from '#contracts/management.ts';
import { isAllowed } from '#contracts/permissions.ts';
import { openStream } from '#http/test-stream.ts';
import { fillCatalogue, startWholeApi } from './whole-api.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Types that triggers write, from the dumped schema. */
function typesOfTriggers(): string[] {
  const schema = readFileSync(`${ROOT}migrations/schema.sql`, 'utf8');
  return [...schema.matchAll(/EXECUTE FUNCTION tell_live(?:_of_many)?\('([^']+)'/g)].map(
    ([, type = '']) => type,
  );
}

/** Types that commands write. */
function typesOfCommands(): string[] {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !file.endsWith('.test.ts') && !file.startsWith('src/contracts/'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(`${ROOT}${file}`, 'utf8');
    if (!text.includes('emitEvent')) return [];
    return [...text.matchAll(/'([a-z_]+\.changed)'/g)].map(([, type = '']) => type);
  });
}

test('every type is written by somebody, and nothing else is', () => {
  const written = new Set([...typesOfTriggers(), ...typesOfCommands()]);
  assert.deepEqual([...written].sort(), [...EVENT_TYPES].sort());
});

test('what triggers write has the form of its type: a summary that says nothing', () => {
  const types = typesOfTriggers();
  assert(types.length > 20);
  for (const type of types as EventType[]) {
    const event = { type, subject_id: 'x', at: '2026-01-01T00:00:00.000Z', summary: {} };
    assert(liveEventSchema.safeParse(event).success, type);
  }
});

test('nobody sees an event of another organisation, or one that their role may not read', () => {
  for (const type of EVENT_TYPES) {
    for (const role of ORGANISATION_ROLES) {
      const viewer = { orgId: 'a', userId: 'u', role, isPlatformAdmin: false };
      const sees = (orgId: string | null, userId: string | null) => maySee(viewer, { type, orgId, userId });
      assert(!sees('b', null) && !sees('b', 'u'), `${type} of another organisation`);
      assert(!sees(null, 'other'), `${type} of another person`);
      const { see } = LIVE_EVENTS[type];
      assert.equal(sees('a', null), see !== null && isAllowed(role, see), `${type} for ${role}`);
    }
  }
});

test('what is done at the api is told to those who may see it, and to nobody else', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const owner = await api.person('owner');
  const user = await api.person('user', owner.orgId);
  const stranger = await api.person('owner');
  await api.db.query('update users set is_platform_admin = true where id = $1', [owner.userId]);
  const open = (as: { cookie: string }) => openStream(t, api.url, { cookie: as.cookie });
  const [told, plain, foreign] = [await open(owner), await open(user), await open(stranger)];
  for (const reader of [told, plain, foreign]) await reader.until(() => reader.ids().length > 0);
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await api.send(path, { method, as: owner, body });
    assert(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  await send('PUT', '/api/v1/settings/WEBHOOK_PRIVATE_TARGETS', { value: 'on' });
  const hook = await send('POST', '/api/v1/webhooks', {
    url: 'https://hooks.example.test/x',
    event_types: ['API_KEY_CREATED'],
  });
  const key = await send('POST', '/api/v1/api-keys', { name: 'k' });
  await send('PUT', '/api/v1/usage-prices', {
    prompt_micros_per_million: 1,
    completion_micros_per_million: 1,
  });
  const project = await send('POST', '/api/v1/projects', { name: 'P', slug: 'ppp' });
  await send('PATCH', '/api/v1/account', { language: 'fr' });
  await send('PATCH', '/api/v1/organisation', { name: 'Renamed' });

  const has = (type: EventType, id?: string) =>
    told.events().some((event) => event.type === type && (id === undefined || event.subject_id === id));
  const expected: [EventType, string?][] = [
    ['setting.changed', 'WEBHOOK_PRIVATE_TARGETS'],
    ['webhook.changed', hook.id],
    ['api_key.changed', key.id],
    ['price.changed'],
    ['project.changed', project.id],
    ['account.changed', owner.userId],
    ['organisation.changed', owner.orgId],
    ['audit.changed'],
  ];
  for (const [type, id] of expected) await told.until(() => has(type, id), type);
  await plain.until(() => plain.events().some(({ type }) => type === 'organisation.changed'));
  const seen = (reader: typeof plain) => new Set(reader.events().map(({ type }) => type));
  assert.deepEqual(
    plain.events().filter(({ type, subject_id: id }) => {
      return /setting|webhook|api_key|price|audit|account/.test(type) && id !== user.userId;
    }),
    [],
    'an ordinary member',
  );
  await api.send('/api/v1/organisation', { method: 'PATCH', as: stranger, body: { name: 'Other' } });
  await foreign.until(() => seen(foreign).has('organisation.changed'));
  const ids = [hook.id, key.id, project.id, owner.userId, owner.orgId];
  for (const id of ids) assert(!foreign.text.includes(id), `${id} went to another organisation`);
  for (const reader of [told, plain, foreign]) {
    for (const event of reader.events()) assert(liveEventSchema.safeParse(event).success, event.type);
  }
});
