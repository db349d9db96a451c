import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { resealAll } from '#database/sealed-rows.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { expireDeliveriesHandler } from './jobs/expire-deliveries.ts';
import { SEALED_ENDPOINTS } from './secrets.ts';
import { until, WEBHOOKS, webhookBench } from './testing.ts';

const seconds = { timeout: 180_000 };

async function alertsOf(bench: Awaited<ReturnType<typeof webhookBench>>) {
  return bench.api.db.query<{ code: string; is_open: boolean; details: Record<string, unknown> }>(
    'select code, closed_at is null as is_open, details from alerts order by id',
  );
}

test('the secret is in the first answer only, and lies sealed', async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const send = (body: object) =>
    bench.api.send(WEBHOOKS, { method: 'POST', as, body, headers: { 'idempotency-key': 'k' } });
  const wanted = { url: 'https://example.com/hooks/very-secret-path', event_types: ['ALERT_OPENED'] };
  const [first, again] = [await send(wanted), await send(wanted)];
  assert.deepEqual([first.status, again.status, again.body.secret], [201, 201, null]);
  assert.equal(first.body.id, again.body.id);
  assert.equal(first.headers.get('location'), `${WEBHOOKS}/${first.body.id}`);
  assert.equal((await send({ ...wanted, description: 'other' })).status, 409);
  const { secret, ...view } = first.body;
  assert.deepEqual((await bench.api.send(WEBHOOKS, { as })).body.data, [view]);
  const everything = JSON.stringify([
    await bench.api.db.query('select * from webhook_endpoints'),
    await bench.api.db.query('select * from idempotency_keys'),
    await bench.api.db.query('select * from audit_log'),
  ]);
  assert(!everything.includes(secret) && !everything.includes(secret.slice(6)));
  const log = JSON.stringify(await bench.api.db.query('select * from audit_log'));
  assert(log.includes('example.com') && !log.includes('very-secret-path'), log);
});

test('who reads costs reads webhooks, only owners and administrators change them, and no one else’s', async (t) => {
  const bench = await webhookBench(t);
  const owner = await bench.api.person();
  const { id } = await bench.create(owner, { url: 'https://example.com/' });
  const stranger = await bench.api.person();
  for (const [role, reads, writes] of [
    ['admin', 200, 200],
    ['manager', 200, 403],
    ['user', 403, 403],
  ] as const) {
    const as = await bench.api.person(role, owner.orgId);
    assert.equal((await bench.api.send(`${WEBHOOKS}/${id}`, { as })).status, reads, role);
    const change = { method: 'PATCH', as, body: { description: role } };
    assert.equal((await bench.api.send(`${WEBHOOKS}/${id}`, change)).status, writes, role);
  }
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PATCH', '', {}],
    ['DELETE', '', undefined],
    ['GET', '/deliveries', undefined],
    ['POST', '/test', undefined],
    ['POST', '/resend-failed', undefined],
    ['POST', '/rotate-secret', {}],
  ] as const) {
    const answer = await bench.api.send(`${WEBHOOKS}/${id}${path}`, { method, as: stranger, body });
    assert.deepEqual([answer.status, answer.body.code], [404, 'webhook.not_found'], `${method} ${path}`);
  }
});

test('there are no more endpoints than the setting allows, however many come at once', async (t) => {
  const bench = await webhookBench(t);
  bench.values.set('WEBHOOK_ENDPOINTS_MAX', 3);
  const as = await bench.api.person();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      bench.api.send(WEBHOOKS, { method: 'POST', as, body: { url: 'https://example.com/' } }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 3);
  for (const { status, body } of answers) if (status !== 201) assert.equal(body.code, 'webhook.too_many');
  const made = answers.find(({ status }) => status === 201)?.body.id;
  assert.equal((await bench.api.send(`${WEBHOOKS}/${made}`, { method: 'DELETE', as })).status, 204);
  await bench.create(as, { url: 'https://example.com/' });
});

test(
  'what answers that it is gone is turned off with an alert, and turned on again by hand',
  seconds,
  async (t) => {
    const bench = await webhookBench(t);
    const as = await bench.api.person();
    let status = 410;
    const receiver = await bench.receiver((_request, response) => response.writeHead(status).end());
    await bench.start();
    const { id } = await bench.create(as, {
      url: receiver.url,
      event_types: ['API_KEY_CREATED', 'ALERT_OPENED'],
    });
    await bench.note(as, 'ONE');
    const view = async () => (await bench.api.send(`${WEBHOOKS}/${id}`, { as })).body;
    await until(async () => (await view()).enabled === false, 'it is off');
    assert.equal((await view()).disabled_because, 'gone');
    const [alert] = await alertsOf(bench);
    assert.deepEqual(
      [alert?.code, alert?.is_open, alert?.details['because']],
      ['WEBHOOK_DISABLED', true, 'gone'],
    );
    const test = () => bench.api.send(`${WEBHOOKS}/${id}/test`, { method: 'POST', as });
    assert.equal((await test()).body.code, 'webhook.disabled');
    status = 200;
    await bench.api.send(`${WEBHOOKS}/${id}`, { method: 'PATCH', as, body: { enabled: true } });
    assert.deepEqual([(await view()).enabled, (await view()).disabled_because], [true, null]);
    assert.equal((await alertsOf(bench))[0]?.is_open, false);
    assert.equal((await test()).status, 202);
    await until(async () => (await bench.deliveries(as, id))[0]?.state === 'delivered', 'the test arrives');
  },
);

test(
  'an endpoint at which nothing has arrived for days is turned off; one that recovers is not',
  seconds,
  async (t) => {
    const bench = await webhookBench(t);
    const as = await bench.api.person();
    let status = 500;
    const receiver = await bench.receiver((_request, response) => response.writeHead(status).end());
    await bench.start();
    const { id } = await bench.create(as, { url: receiver.url, event_types: ['ALERT_OPENED'] });
    const view = async () => (await bench.api.send(`${WEBHOOKS}/${id}`, { as })).body;
    const age = (hours: number) =>
      bench.api.db.query(
        `update webhook_endpoints set failing_since = failing_since - make_interval(hours => $1)`,
        [hours],
      );
    await bench.note(as, 'ONE');
    await until(async () => (await view()).failing_since !== null, 'it fails');
    await age(119);
    status = 200;
    await until(async () => (await view()).failing_since === null, 'it recovers');
    assert.equal((await view()).enabled, true);
    status = 500;
    await bench.note(as, 'TWO');
    await until(async () => (await view()).failing_since !== null, 'it fails again');
    await age(121);
    await until(async () => (await view()).enabled === false, 'it is off');
    assert.equal((await view()).disabled_because, 'failing');
    assert.equal((await alertsOf(bench)).length, 1);
  },
);

test('a test event reaches one endpoint, whatever it is told of', seconds, async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const [mine, other] = [await bench.receiver(), await bench.receiver()];
  await bench.start();
  const { id } = await bench.create(as, { url: mine.url, event_types: ['API_KEY_CREATED'] });
  await bench.create(as, { url: other.url });
  const answer = await bench.api.send(`${WEBHOOKS}/${id}/test`, { method: 'POST', as });
  assert.deepEqual(
    [answer.status, answer.body.event_type, answer.body.state],
    [202, 'WEBHOOK_TEST', 'pending'],
  );
  await until(() => mine.received.length === 1, 'it arrives');
  await bench.note(as, 'LATER');
  await until(() => other.received.length === 1, 'the next event was told');
  assert(!other.received.some(({ body }) => body.includes('WEBHOOK_TEST')));
});

test('a removed endpoint gets nothing more', seconds, async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const receiver = await bench.receiver((_request, response) => response.writeHead(500).end());
  const other = await bench.receiver();
  await bench.start();
  const { id } = await bench.create(as, { url: receiver.url });
  await bench.note(as, 'ONE');
  await until(() => receiver.received.length > 0, 'it is tried');
  assert.equal((await bench.api.send(`${WEBHOOKS}/${id}`, { method: 'DELETE', as })).status, 204);
  const row = await bench.api.db.query('select secret, former_secret from webhook_endpoints');
  assert.deepEqual(row, [{ secret: '', former_secret: null }]);
  await until(() => receiver.open.now === 0, 'the last attempt is over');
  const count = receiver.received.length;
  await bench.create(as, { url: other.url });
  await bench.note(as, 'TWO');
  await until(() => other.received.length === 1, 'another one is told');
  assert.ok(receiver.received.length <= count + 1);
  assert.equal((await bench.api.send(`${WEBHOOKS}/${id}/deliveries`, { as })).status, 404);
});

test('secrets are sealed anew endpoint by endpoint, also when it is killed half way', async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  for (let i = 0; i < 3; i++) {
    const { id } = await bench.create(as, { url: 'https://example.com/' });
    await bench.api.send(`${WEBHOOKS}/${id}/rotate-secret`, { method: 'POST', as, body: {} });
  }
  const { env, db } = bench.api;
  const [a, b] = [new Secret('a'.repeat(43)), new Secret('b'.repeat(43))];
  const both = new Sealer(env.random, b, a);
  let visits = 0;
  const crashPoint = async () => {
    visits += 1;
    if (visits === 2) throw new Error('killed');
  };
  const reseal = (changed = env, sealer = both) => resealAll({ env: changed, db, sealer }, SEALED_ENDPOINTS);
  await assert.rejects(reseal({ ...env, crashPoint }), /killed/);
  // Three present secrets and three former ones, of which one was sealed anew.
  assert.deepEqual(await reseal(), { rows: 5, unreadable: [] });
  assert.deepEqual(await reseal(env, new Sealer(env.random, b)), { rows: 0, unreadable: [] });
});

test('old deliveries are removed, waiting ones of an endpoint that is off are ended', async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const { id } = await bench.create(as, { url: 'https://example.com/' });
  const { db } = bench.api;
  await bench.api.send(`${WEBHOOKS}/${id}/test`, { method: 'POST', as });
  await bench.api.send(`${WEBHOOKS}/${id}`, { method: 'PATCH', as, body: { enabled: false } });
  await db.query(`update webhook_deliveries set until_at = app_now()`);
  const handler = expireDeliveriesHandler(db, { get: () => 720 as never });
  await handler.run({} as never);
  assert.equal((await bench.deliveries(as, id))[0].state, 'failed');
  await db.query(`update webhook_deliveries set created_at = created_at - interval '721 hours'`);
  await handler.run({} as never);
  assert.deepEqual(await bench.deliveries(as, id), []);
});

async function canary(t: TestContext): Promise<{ port: number; connects: () => number }> {
  let connects = 0;
  const server = createServer((socket) => {
    connects += 1;
    socket.destroy();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => server.close());
  return { port: (server.address() as { port: number }).port, connects: () => connects };
}

test('no name and no spelling of an address leads into the own network', seconds, async (t) => {
  const bench = await webhookBench(t);
  bench.values.set('WEBHOOK_PRIVATE_TARGETS', 'off');
  const as = await bench.api.person();
  const { port, connects } = await canary(t);
  const literals = [
    '127.0.0.1',
    '127.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '10.0.0.1',
    '100.64.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '１２７.０.０.１',
    '127。0。0。1',
  ];
  const refused = [
    ...literals.map((host) => `https://${host}:${port}/`),
    `http://example.com:${port}/`,
    `https://me:secret@example.com:${port}/`,
    `ftp://127.0.0.1:${port}/`,
    `gopher://127.0.0.1:${port}/`,
    'file:///etc/passwd',
    'javascript:alert(1)',
    `//127.0.0.1:${port}/`,
    '/relative',
    'https://',
    'https://example.com/#part',
    `https://[fe80::1%25lo]:${port}/`,
    `https://example.com/${'x'.repeat(1_990)}`,
  ];
  for (const url of refused) {
    const { status, body } = await bench.api.send(WEBHOOKS, { method: 'POST', as, body: { url } });
    assert.deepEqual([status, body.code], [422, body.code], `${url}: ${status}`);
    assert.match(body.code, /^(webhook\.bad_url|request\.invalid)$/, url);
  }
  // Names pass here and are refused where they lead to.
  const answers: Record<string, string[]> = {
    'private.test': ['10.0.0.1'],
    'loopback.test': ['127.0.0.1'],
    'mixed.test': ['93.184.216.34', '127.0.0.1'],
    'mapped.test': ['::ffff:127.0.0.1'],
    'zone.test': ['fe80::1%lo'],
    'nonsense.test': ['localhost'],
    'nothing.test': [],
  };
  const asked: string[] = [];
  const resolve = async (name: string) => {
    asked.push(name);
    return answers[name] ?? [];
  };
  await bench.start({ resolve });
  const made = new Map<string, string>();
  for (const name of Object.keys(answers)) {
    const { id } = await bench.create(as, { url: `https://${name}:${port}/`, event_types: ['ALERT_OPENED'] });
    made.set(name, id);
  }
  await bench.note(as, 'ONE');
  for (const [name, id] of made) {
    await until(async () => (await bench.deliveries(as, id))[0]?.last_error, `${name} was tried`);
    const [{ last_error: error, last_status: status }] = await bench.deliveries(as, id);
    assert.match(error, /not public|has no address/, name);
    assert.equal(status, null, name);
  }
  assert.deepEqual(new Set(asked), new Set(Object.keys(answers)));
  assert.equal(connects(), 0);
});

test(
  'a name is resolved once for each attempt, so another answer a moment later leads nowhere',
  seconds,
  async (t) => {
    const bench = await webhookBench(t);
    const as = await bench.api.person();
    const receiver = await bench.receiver();
    const { port, connects } = await canary(t);
    let asked = 0;
    // The first answer is fine; whoever asked again would be led to the canary's address family, or fail.
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['169.254.169.254'];
    };
    await bench.start({ resolve });
    const url = new URL(receiver.url);
    url.hostname = 'rebinding.test';
    const { id } = await bench.create(as, { url: url.href, event_types: ['ALERT_OPENED'] });
    await bench.note(as, 'ONE');
    await until(async () => (await bench.deliveries(as, id))[0]?.state === 'delivered', 'it arrives');
    assert.equal(asked, 1);
    assert.equal(receiver.received[0]?.headers['host'], `rebinding.test:${url.port}`);
    url.port = String(port);
    const second = await bench.create(as, { url: url.href, event_types: ['ALERT_OPENED'] });
    await bench.note(as, 'TWO');
    await until(async () => (await bench.deliveries(as, second.id))[0]?.last_error, 'it is refused');
    assert.equal(connects(), 0);
  },
);

test('redirects are not followed', seconds, async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const { port, connects } = await canary(t);
  let status = 300;
  const receiver = await bench.receiver((_request, response) => {
    response.writeHead(status, { location: `http://127.0.0.1:${port}/` }).end();
    status = status === 308 ? 200 : Math.min(308, status + 1);
  });
  await bench.start();
  const { id } = await bench.create(as, { url: receiver.url, event_types: ['ALERT_OPENED'] });
  await bench.note(as, 'ONE');
  await until(async () => (await bench.deliveries(as, id))[0]?.state === 'delivered', 'it arrives at last');
  assert.ok(receiver.received.length >= 9);
  assert.equal(connects(), 0);
});

test('answers without end are cut off, and their status counts', seconds, async (t) => {
  const bench = await webhookBench(t);
  bench.values.set('WEBHOOK_TIMEOUT_MS', 4_000);
  const as = await bench.api.person();
  const receiver = await bench.receiver((request, response) => {
    response.writeHead(200);
    if (request.body.includes('FLOOD')) {
      const flood = () => {
        while (response.writable && response.write(Buffer.alloc(65_536, 'a')));
        response.once('drain', flood);
      };
      flood();
    } else response.write('only the beginning');
  });
  await bench.start();
  const { id } = await bench.create(as, { url: receiver.url, event_types: ['ALERT_OPENED'] });
  for (const [index, code] of ['FLOOD', 'DRIP'].entries()) {
    await bench.note(as, code);
    await until(async () => {
      const all = await bench.deliveries(as, id);
      return all.length > index && all.every(({ state }) => state === 'delivered');
    }, code);
  }
  const answers = await bench.api.db.query<{ answer: string }>(
    'select answer from webhook_attempts where status = 200 order by at',
  );
  assert.equal(answers[0]?.answer.length, 1_024);
  assert.equal(answers[1]?.answer, 'only the beginning');
});
