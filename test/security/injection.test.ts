/**
 * Texts that mean something to a database, a header, a log, a path or a template, in every place of every route where
 * somebody can put a text: never an error of ours, never a row of another organisation, never a second meaning.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '#http/route.ts';
import type { TestAnswer, TestApi } from '#identity/testing.ts';
import { assertDeclared } from '../contract/declared-answer.ts';
import { fillCatalogue, furnish, type Household, startWholeApi } from '../matrix/whole-api.ts';
import { ENDS_SESSION, inTurns, isStream, pathIn, ROUTES, rightBody, stateOf } from './whole-household.ts';
import { bodySchemaOf, propertiesOf, sampleOf } from './written-bodies.ts';

/** The mark shows whether a text came back where it must not. */
const MARK = 'injected-mark';
const TEXTS = [
  `' or '1'='1' -- ${MARK}`,
  `'; drop table users cascade; -- ${MARK}`,
  `" union select id, password_hash from users -- ${MARK}`,
  `\\'; select pg_sleep(60); --`,
  `$1 $$ ${MARK} $$`,
  '%',
  '_%\\',
  `a\r\nX-Injected: ${MARK}\r\n\r\n<html>`,
  `a\u0085\u2028X-Injected: ${MARK}`,
  `\u001b[2J{"level":"error","message":"${MARK}"}`,
  '\u0000',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd%00',
  `\${jndi:ldap://127.0.0.1:1/${MARK}}`,
  `{{constructor.constructor('return process')()}}<%= 7*7 %>#{7*7}`,
  `<script>alert("${MARK}")</script>`,
  '\ud800',
  '\u202e\u0000\ufeff\ufffe',
  'e\u0301'.repeat(60),
  '9'.repeat(400),
  '-9223372036854775809',
  '1e999',
  'NaN',
  '__proto__',
  'constructor',
  Buffer.from('["2026-11-21T00:00:00.000Z","\'; drop table users;--"]').toString('base64url'),
  Buffer.from('{"__proto__":{"isPlatformAdmin":true}}').toString('base64url'),
];
/** What a body may hold in the place of a text. */
const VALUES: readonly unknown[] = [
  ...TEXTS,
  null,
  true,
  -1,
  1e308,
  2 ** 53,
  [],
  {},
  [[[]]],
  { $ne: null },
  { $gt: '' },
  { toString: 'x', length: -1 },
];
const HEADERS = [
  'authorization',
  'x-api-key',
  'cookie',
  'x-correlation-id',
  'x-request-id',
  'idempotency-key',
  'last-event-id',
  'user-agent',
  'accept',
  'accept-language',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-real-ip',
  'if-none-match',
  'range',
  'traceparent',
  'x-inventiv-org',
  'x-org-id',
];

async function begin(api: TestApi): Promise<[Household, Household]> {
  await fillCatalogue(api.env, api.db);
  const [house, foreign] = [await furnish(api), await furnish(api, 'elsewhere')];
  await api.db.query('update users set is_platform_admin = true where id = $1', [house.owner.userId]);
  return [house, foreign];
}

/** Who may do everything, platform administrator too, sees only what is theirs where it is an organisation's. */
function requireHarmless(route: Route, answer: TestAnswer, foreign: Household, told: string): void {
  assert.ok(answer.status < 500, `${told}: ${JSON.stringify(answer.body)}`);
  assertDeclared(route, answer);
  for (const [name, value] of answer.headers) {
    assert.ok(name !== 'x-injected' && !value.includes(MARK), `${told}: the header ${name} is ${value}`);
  }
  if (route.policy.allow === 'platform_admin') return;
  const text = JSON.stringify(answer.body) ?? '';
  for (const secret of foreign.secrets) assert.ok(!text.includes(secret), `${told} tells ${secret}`);
}

const tried = ROUTES.filter((route) => !isStream(route) && !ENDS_SESSION.includes(route.name));

test('in the address: every part and every parameter', { timeout: 600_000 }, async (t) => {
  const api = await startWholeApi(t);
  const [house, foreign] = await begin(api);
  const before = await stateOf(api, foreign);
  for (const route of tried) {
    const shape = Object.keys((route.query as { shape?: object } | undefined)?.shape ?? {});
    const right = pathIn(route, house);
    const paths = TEXTS.flatMap((text) => {
      const encoded = encodeURIComponent(text.toWellFormed());
      const inPath = route.path.includes(':') ? [route.path.replaceAll(/:\w+/g, encoded)] : [];
      return [...inPath, ...shape.map((name) => `${right}?${name}=${encoded}&${name}[$ne]=1`)];
    });
    const body = rightBody(route);
    // What is in the path is enough to try a write; its body and its address are tried with those that read.
    const wanted = route.method === 'GET' || shape.length > 0 ? paths : paths.slice(0, TEXTS.length);
    await inTurns(wanted, async (path) => {
      const order = { method: route.method, as: house.owner, ...(body === undefined ? {} : { body }) };
      requireHarmless(route, await api.send(path, order), foreign, `${route.name} ${path}`);
    });
  }
  assert.deepEqual(await stateOf(api, foreign), before);
});

test('in the body: every field of every write, also of another type', { timeout: 600_000 }, async (t) => {
  const api = await startWholeApi(t);
  const [house, foreign] = await begin(api);
  const before = await stateOf(api, foreign);
  for (const route of tried.filter((one) => one.body)) {
    const path = pathIn(route, house);
    await inTurns(wrongBodies(route), async (body) => {
      // The parser makes of an escape what no string of ours may hold.
      const rawBody = JSON.stringify(body).replaceAll('"\\ud800"', '"\\ud800"');
      const answer = await api.send(path, { method: route.method, as: house.owner, rawBody });
      requireHarmless(route, answer, foreign, `${route.name} ${rawBody.slice(0, 300)}`);
    });
  }
  assert.deepEqual(await stateOf(api, foreign), before);
});

test('in every header, of every route', { timeout: 600_000 }, async (t) => {
  const api = await startWholeApi(t);
  const [house, foreign] = await begin(api);
  const before = await stateOf(api, foreign);
  const sendable = TEXTS.filter((text) => /^[\t\x20-\x7e\x80-\xff]+$/.test(text));
  assert.ok(sendable.length > 10);
  for (const route of tried) {
    const body = rightBody(route);
    // Each header with one text after another: all texts come to each header, over all routes.
    const orders = HEADERS.map((name, i) => {
      const text = sendable[(i + tried.indexOf(route)) % sendable.length] ?? '';
      return { [name]: name === 'cookie' ? `${house.owner.cookie}; ${text}` : text };
    });
    await inTurns(orders, async (headers) => {
      const order = {
        method: route.method,
        as: house.owner,
        ...(body === undefined ? {} : { body }),
        headers,
      };
      const answer = await api.send(pathIn(route, house), order);
      requireHarmless(route, answer, foreign, `${route.name} ${JSON.stringify(headers)}`);
      assert.match(answer.headers.get('x-correlation-id') ?? '', /^cor_[0-9a-z]{26}$/);
      assert.match(answer.headers.get('x-request-id') ?? '', /^req_[0-9a-z]{26}$/);
    });
  }
  assert.deepEqual(await stateOf(api, foreign), before);
});

/** One field wrong at a time, those inside of fields too; and bodies that are no object. */
function wrongBodies(route: Route): unknown[] {
  const schema = bodySchemaOf(route);
  const right = rightBody(route) ?? {};
  if (!schema) return VALUES.slice();
  const fields = Object.entries(propertiesOf(schema));
  return [
    ...fields.flatMap(([name]) => VALUES.map((value) => ({ ...right, [name]: value }))),
    ...fields.flatMap(([name, inner]) =>
      Object.keys(propertiesOf(inner)).flatMap((deep) =>
        VALUES.map((value) => ({ ...right, [name]: { ...(sampleOf(inner) as object), [deep]: value } })),
      ),
    ),
    ...[null, [], 'text', 1, true],
  ];
}
