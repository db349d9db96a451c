/**
 * Where an address comes from a person, the server is not led anywhere by it. Which places those are is read from the
 * description: a new one fails here until it is looked at.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { DOCUMENT } from '../contract/declared-answer.ts';
import type { Json } from '../contract/json-schema.ts';
import { fillCatalogue, furnish, startWholeApi, WORKER_TOKEN } from '../matrix/whole-api.ts';
import { isForMembers, pathIn, ROUTES, rightBody, WRITES } from './whole-household.ts';
import { bodySchemaOf, propertiesOf } from './written-bodies.ts';

/** Where each is guarded, and tested with everything that a name or a spelling can do. */
const KNOWN: Readonly<Record<string, string>> = {
  'hosts.confirm_host_key host_key': 'a fingerprint, which leads nowhere',
  'hosts.register address': 'SSH alone, never to this machine: src/providers/host-work.test.ts',
  'hosts.register host_key': 'a fingerprint, which leads nowhere',
  // Addresses of pictures in requests to models never leave the engine: src/worker/engines/vllm-command.ts.
  'webhooks.create url': 'src/webhooks/target.ts, webhooks.test.ts',
  'webhooks.change url': 'src/webhooks/target.ts, webhooks.test.ts',
  'login.oidc_start return_to':
    'src/identity/oidc/return-path.ts: only paths of ours, followed by the browser alone',
};
const SUSPECT =
  /ur[il]$|url_|uri_|host|domain|address|callback|redirect|return_to|webhook|endpoint_url|proxy|remote|api_base/;

/** Our own machine, our network and the stores of credentials of the clouds, in every spelling. */
const HOSTS = [
  '127.0.0.1',
  '127.1',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '0x7f000001',
  '2130706433',
  '0',
  '0.0.0.0',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '10.0.0.1',
  '100.64.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
];

test('every place where a person gives an address is known', () => {
  const found: string[] = [];
  for (const route of ROUTES) {
    const schema = bodySchemaOf(route);
    const names = [
      ...(schema ? deepNames(schema) : []),
      ...Object.keys((route.query as { shape?: object } | undefined)?.shape ?? {}),
    ];
    found.push(...names.filter((name) => SUSPECT.test(name)).map((name) => `${route.name} ${name}`));
  }
  assert.deepEqual(
    found.toSorted(byText),
    Object.keys(KNOWN).toSorted(byText),
    'say where the new place is guarded, and test it',
  );
});

test('no webhook leads into our own network, whether it is made or changed', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  const canary = await listen(t);
  const before = await api.db.query('select * from webhook_endpoints order by id');
  for (const host of HOSTS) {
    for (const url of [
      `https://${host}:${canary.port}/`,
      `https://${host}/`,
      `https://user:pass@${host}:${canary.port}/`,
      `http://${host}:${canary.port}/`,
    ]) {
      for (const [method, path] of [
        ['POST', '/api/v1/webhooks'],
        ['PATCH', `/api/v1/webhooks/${house.things.webhook}`],
      ] as const) {
        const { status, body } = await api.send(path, { method, as: house.owner, body: { url } });
        assert.equal(status, 422, `${method} ${url}: ${JSON.stringify(body)}`);
      }
    }
  }
  for (const scheme of ['file', 'gopher', 'ftp', 'dict', 'ldap', 'javascript', 'data', 'ws', 'jar', 'unix']) {
    const body = { url: `${scheme}://127.0.0.1:${canary.port}/` };
    const { status } = await api.send('/api/v1/webhooks', { method: 'POST', as: house.owner, body });
    assert.equal(status, 422, scheme);
  }
  assert.deepEqual(await api.db.query('select * from webhook_endpoints order by id'), before);
  assert.equal(canary.connects(), 0);
});

test('an address in any other text of any write leads nowhere', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  const canary = await listen(t);
  const url = `http://127.0.0.1:${canary.port}/`;
  for (const route of WRITES.filter(
    (one) => one.body && isForMembers(one) && !one.name.startsWith('session'),
  )) {
    const schema = bodySchemaOf(route);
    const names = schema ? Object.keys(propertiesOf(schema)) : [];
    const extras = Object.fromEntries(
      ['url', 'api_base', 'base_url', 'endpoint', 'host', 'proxy', 'callback_url', 'image_url'].map(
        (name) => [name, url],
      ),
    );
    for (const name of names) {
      const body = { ...extras, ...rightBody(route), [name]: url };
      const answer = await api.send(pathIn(route, house), { method: route.method, as: house.owner, body });
      assert.ok(answer.status < 500, `${route.name} ${name}`);
    }
  }
  // A worker says who it is; where it is reached comes from the provider.
  for (const path of ['/internal/worker/register', '/internal/worker/heartbeat']) {
    const body = { url, address: '169.254.169.254', host: '169.254.169.254', port: canary.port };
    const headers = { authorization: `Bearer ${WORKER_TOKEN}` };
    const answer = await api.send(path, { method: 'POST', body, headers });
    assert.ok(answer.status < 500, path);
  }
  const told = await api.db.query(`select id from instances where address like '%169.254%'`);
  assert.deepEqual(told, []);
  assert.equal(canary.connects(), 0);
});

async function listen(t: { after(work: () => void): void }) {
  let connects = 0;
  const server = createServer((socket) => {
    connects += 1;
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return { port: (server.address() as { port: number }).port, connects: () => connects };
}

function deepNames(schema: Json): string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, inner]) => [name, ...deepNames(inner)]);
}

test('the test reads the description', () => {
  assert.ok(DOCUMENT['paths']);
  assert.ok(WRITES.some((route) => bodySchemaOf(route)));
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
