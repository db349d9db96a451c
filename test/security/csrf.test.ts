/**
 * What a page of another site can make a browser send, at every write of the live router: nothing of it changes
 * anything. The session is there, as the browser would send it.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestApi } from '#identity/testing.ts';
import { fillCatalogue, furnish, type Household, startWholeApi } from '../matrix/whole-api.ts';
import {
  inTurns,
  isForMembers,
  isStream,
  pathIn,
  ROUTES,
  rightBody,
  stateOf,
  WRITES,
} from './whole-household.ts';

type Headers = Record<string, string>;
const FOREIGN: readonly Headers[] = [
  { origin: 'https://evil.test' },
  { origin: 'null' },
  { origin: 'http://inventiv.test.evil.test' },
  { origin: 'http://evil.test#http://inventiv.test' },
  { origin: 'http://inventiv.test@evil.test' },
  { origin: 'http://inventiv.test:81' },
  { origin: 'https://inventiv.test' },
  { origin: 'http://INVENTIV.test.' },
  { origin: 'http://127.0.0.1:1' },
  { origin: 'file://' },
  { origin: '' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'nonsense' },
  { 'sec-fetch-site': 'cross-site', origin: 'http://inventiv.test' },
];
/** A form or a simple request of another site has no way to send the right ones. */
const WITHOUT_PROOF: readonly Headers[] = [
  { 'x-inventiv-csrf': '' },
  { 'x-inventiv-csrf': '0' },
  { 'x-inventiv-csrf': '1, 1' },
  { 'x-inventiv-csrf': 'true' },
  { 'x-inventiv-csrf': '', x_inventiv_csrf: '1' },
];
const FORMS = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain; application/json',
  'application/jsonp',
  'application/json5',
  'text/json',
];

async function begin(api: TestApi): Promise<Household> {
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  await api.db.query('update users set is_platform_admin = true where id = $1', [house.owner.userId]);
  return house;
}

test('no page of another site changes anything, by any write', async (t) => {
  const api = await startWholeApi(t);
  const house = await begin(api);
  const before = await stateOf(api, house);
  for (const route of WRITES.filter(isForMembers)) {
    const body = rightBody(route);
    const send = (headers: Headers) =>
      api.send(pathIn(route, house), {
        method: route.method,
        as: house.owner,
        ...(body === undefined ? {} : { body }),
        headers,
      });
    await inTurns([...FOREIGN, ...WITHOUT_PROOF], async (headers) => {
      const { status, body: answer } = await send(headers);
      const told = `${route.name} ${JSON.stringify(headers)}: ${status} ${JSON.stringify(answer)}`;
      assert.equal(status, 403, told);
      assert.match(answer.code, /^request\.(foreign_origin|csrf_header_missing)$/, told);
    });
  }
  assert.deepEqual(await stateOf(api, house), before);
});

test('no form of another site is read as a body, not even where nobody is signed in', async (t) => {
  const api = await startWholeApi(t);
  const house = await begin(api);
  for (const route of WRITES.filter((one) => one.body && one.policy.allow !== 'worker')) {
    await inTurns(FORMS, async (type) => {
      const { status } = await api.send(pathIn(route, house), {
        method: route.method,
        as: house.owner,
        rawBody: JSON.stringify(rightBody(route)),
        headers: { 'content-type': type },
      });
      assert.equal(status, 415, `${route.name} ${type}`);
    });
  }
});

test('a read changes nothing, so that following a link does not either', async (t) => {
  const api = await startWholeApi(t);
  const house = await begin(api);
  const before = await stateOf(api, house);
  const reads = ROUTES.filter((route) => route.method === 'GET' && !isStream(route));
  // Who reads the audit log, and who takes it away, is itself kept there.
  for (const route of reads.filter(({ name }) => !/audit/.test(name))) {
    await api.send(pathIn(route, house), { as: house.owner });
  }
  assert.deepEqual(await stateOf(api, house), before);
});

test('no header turns a request into another method, and no other site is let in to read', async (t) => {
  const api = await startWholeApi(t);
  const house = await begin(api);
  const before = await stateOf(api, house);
  for (const route of WRITES.filter(isForMembers)) {
    const path = pathIn(route, house);
    for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
      const headers = { [name]: route.method, 'x-inventiv-csrf': '' };
      await api.send(`${path}?_method=${route.method}`, { as: house.owner, headers });
    }
    const preflight = await api.send(path, {
      method: 'OPTIONS',
      as: house.owner,
      headers: {
        origin: 'https://evil.test',
        'access-control-request-method': route.method,
        'access-control-request-headers': 'x-inventiv-csrf, content-type',
      },
    });
    assert.ok(preflight.status >= 400, `${route.name}: ${preflight.status}`);
    for (const name of preflight.headers.keys())
      assert.ok(!name.startsWith('access-control-'), `${route.name} ${name}`);
  }
  assert.deepEqual(await stateOf(api, house), before);
});

/** Names under which a browser may be led here (DNS rebinding), and spellings of ours that are none. */
const HOSTS = [
  'evil.test',
  'evil.test:80',
  'inventiv.test.evil.test',
  'evil-inventiv.test',
  'inventiv.test.',
  'localhost.',
  'localhost.evil.test',
  '127.0.0.1.nip.io',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  'inventiv.test@evil.test',
  'evil.test#inventiv.test',
  'inventiv.test/x?y#z',
  'inventiv.test,evil.test',
  'inventiv.test evil.test',
  'inventiv.test:80:80',
  'inventiv.test:x',
  'inventiv.test:999999',
  '[::1',
  '::1',
  '[::1%25lo]',
  '[inventiv.test]',
  'inventiv%2etest',
  'инventiv.test',
  '.',
  '',
];

test('under no name but our own is anything answered', async (t) => {
  const api = await startWholeApi(t);
  const house = await begin(api);
  for (const route of ROUTES.filter((one) => one.method === 'GET' && !isStream(one))) {
    const path = pathIn(route, house);
    await inTurns(HOSTS, async (host) => {
      const head = `Host: ${host}\r\nX-Forwarded-Host: inventiv.test\r\nForwarded: host=inventiv.test\r\n`;
      const text = await raw(
        api.port,
        `GET ${path} HTTP/1.1\r\n${head}Cookie: ${house.owner.cookie}\r\nConnection: close\r\n\r\n`,
      );
      assert.match(text, /^HTTP\/1\.1 (400|403) /, `${route.name} ${host}`);
      assert.ok(!house.secrets.some((secret) => text.includes(secret)), `${route.name} ${host}`);
    });
  }
});

test('a request that could be read in two ways is refused, or has one answer alone', async (t) => {
  const api = await startWholeApi(t);
  const house = await begin(api);
  const before = await stateOf(api, house);
  const { cookie } = house.owner;
  const good = `Host: inventiv.test\r\nCookie: ${cookie}\r\n`;
  const inner = `DELETE /api/v1/api-keys/${house.things.key} HTTP/1.1\r\n${good}X-Inventiv-Csrf: 1\r\n\r\n`;
  const chunked = `0\r\n\r\n${inner}`;
  const refused: Record<string, string> = {
    'two hosts': `GET /api/v1/session HTTP/1.1\r\n${good}Host: evil.test\r\n\r\n`,
    'no host': `GET /api/v1/session HTTP/1.1\r\nCookie: ${cookie}\r\n\r\n`,
    'absolute target': `GET http://evil.test/api/v1/session HTTP/1.1\r\n${good}\r\n`,
    'authority target': `GET inventiv.test:80 HTTP/1.1\r\n${good}\r\n`,
    'two cookies': `GET /api/v1/session HTTP/1.1\r\n${good}Cookie: ${cookie}\r\n\r\n`,
    'two authorizations': `GET /api/v1/session HTTP/1.1\r\n${good}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n`,
    'two keys': `GET /api/v1/session HTTP/1.1\r\n${good}X-Api-Key: a\r\nX-Api-Key: b\r\n\r\n`,
    'two origins': `DELETE /api/v1/session HTTP/1.1\r\n${good}Origin: http://inventiv.test\r\nOrigin: https://evil.test\r\nX-Inventiv-Csrf: 1\r\n\r\n`,
    'two lengths': `POST /api/v1/api-keys HTTP/1.1\r\n${good}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    'length and chunks': `POST /api/v1/api-keys HTTP/1.1\r\n${good}Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    'chunks in 1.0': `POST /api/v1/api-keys HTTP/1.0\r\n${good}Transfer-Encoding: chunked\r\n\r\n${chunked}`,
    'odd chunks': `POST /api/v1/api-keys HTTP/1.1\r\n${good}Transfer-Encoding: xchunked\r\n\r\n${chunked}`,
    'chunks twice': `POST /api/v1/api-keys HTTP/1.1\r\n${good}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${chunked}`,
    'a space before the colon': `GET /api/v1/session HTTP/1.1\r\n${good}X-A : b\r\n\r\n`,
    'a folded header': `GET /api/v1/session HTTP/1.1\r\n${good}X-A: b\r\n c\r\n\r\n`,
    'a bare line feed': `GET /api/v1/session HTTP/1.1\n${good}\n`,
    'a bare carriage return': `GET /api/v1/session HTTP/1.1\r\n${good}X-A: b\rX-B: c\r\n\r\n`,
    'a nul': `GET /api/v1/session HTTP/1.1\r\n${good}X-A: b\0c\r\n\r\n`,
    'two slashes': `GET //api/v1/session HTTP/1.1\r\n${good}\r\n`,
    dots: `GET /api/v1/x/../session HTTP/1.1\r\n${good}\r\n`,
    'a slash in other clothes': `GET /api/v1%2fsession HTTP/1.1\r\n${good}\r\n`,
    'other letters': `GET /API/v1/session HTTP/1.1\r\n${good}\r\n`,
  };
  for (const [name, request] of Object.entries(refused)) {
    assert.match(await raw(api.port, request), /^HTTP\/1\.[01] 4\d\d /, name);
  }
  // A body where none belongs is read as a body, or the connection ends: never as the next request.
  const withBody = `GET /api/v1/session HTTP/1.1\r\n${good}Content-Length: ${inner.length}\r\n\r\n${inner}`;
  assert.equal((await raw(api.port, withBody)).match(/HTTP\/1\.1 \d/g)?.length, 1);
  const upgrade = `GET /api/v1/session HTTP/1.1\r\n${good}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`;
  assert.doesNotMatch(await raw(api.port, upgrade), /^HTTP\/1\.1 101/);
  assert.deepEqual(await stateOf(api, house), before);
});

/** Sends bytes and gives all that comes back until the other side ends, or says nothing more for a while. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'utf8'));
    // An answer that has begun is whole soon; the first byte may take long on a busy machine.
    socket.setTimeout(30_000, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
      socket.setTimeout(1_000);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
