import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { until, WEBHOOKS, webhookBench } from './testing.ts';

const seconds = { timeout: 180_000 };

test('a delivery is a Standard Webhook: signed, thin, and known by its id', seconds, async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const receiver = await bench.receiver();
  await bench.start();
  const { id, secret } = await bench.create(as, { url: receiver.url });
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  await bench.note(as, 'FIRST');
  await until(() => receiver.received.length === 1, 'it arrives');
  const [got] = receiver.received;
  assert.ok(got);
  const event = new Webhook(secret).verify(got.body, got.headers) as Record<string, unknown>;
  assert.equal(event['type'], 'ALERT_OPENED');
  assert.deepEqual(event['data'], { alert_id: 'alert_1', code: 'FIRST' });
  assert.equal(got.headers['webhook-id'], event['id']);
  assert.equal(got.headers['content-type'], 'application/json');
  assert.throws(() => new Webhook(secret).verify(`${got.body} `, got.headers));
  await until(async () => (await bench.deliveries(as, id))[0]?.state === 'delivered', 'it is logged');
  const [delivery] = await bench.deliveries(as, id);
  const detail = (await bench.api.send(`${WEBHOOKS}/${id}/deliveries/${delivery.id}`, { as })).body;
  assert.equal(detail.body, got.body);
  assert.deepEqual([detail.attempt_log.length, detail.attempt_log[0].status], [1, 204]);
  assert(!JSON.stringify(detail).includes(secret));
});

test(
  'after a change of secrets both verify, and the former one alone no longer when its time is over',
  seconds,
  async (t) => {
    const bench = await webhookBench(t);
    const as = await bench.api.person();
    const receiver = await bench.receiver();
    await bench.start();
    const { id, secret: first } = await bench.create(as, { url: receiver.url });
    const rotate = async (hours: number) => {
      const path = `${WEBHOOKS}/${id}/rotate-secret`;
      return (await bench.api.send(path, { method: 'POST', as, body: { overlap_hours: hours } })).body;
    };
    const verified = async (code: string) => {
      await bench.note(as, code);
      await until(() => receiver.received.some(({ body }) => body.includes(code)), code);
      const got = receiver.received.find(({ body }) => body.includes(code));
      return (secret: string) => {
        try {
          new Webhook(secret).verify(got?.body ?? '', got?.headers ?? {});
          return true;
        } catch {
          return false;
        }
      };
    };
    const second = await rotate(24);
    assert.ok(second.former_secret_until && second.secret !== first);
    const both = await verified('BOTH');
    assert.deepEqual([both(first), both(second.secret)], [true, true]);
    await bench.api.db.query(`update webhook_endpoints set former_until = app_now() - interval '1 second'`);
    const one = await verified('ONE');
    assert.deepEqual([one(first), one(second.secret)], [false, true]);
    const third = await rotate(0);
    assert.equal(third.former_secret_until, null);
    const last = await verified('LAST');
    assert.deepEqual([last(second.secret), last(third.secret)], [false, true]);
  },
);

test('what fails is tried again with the same id and bytes until it arrives', seconds, async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const receiver = await bench.receiver((_request, response, count) => {
    if (count === 1) response.writeHead(500).end(`x${'y'.repeat(5_000)} Bearer abcdefghijkl`);
    else if (count === 2) response.destroy();
    else if (count === 3)
      response.writeHead(429, { 'retry-after': '0' }).end('{"password":"hunter2hunter2"}');
    else response.writeHead(200).end('thanks');
  });
  await bench.start();
  const { id } = await bench.create(as, { url: receiver.url });
  await bench.note(as, 'AGAIN');
  await until(async () => (await bench.deliveries(as, id))[0]?.state === 'delivered', 'it arrives');
  assert.equal(receiver.received.length, 4);
  assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
  const [delivery] = await bench.deliveries(as, id);
  assert.deepEqual([delivery.attempts, delivery.last_status, delivery.last_error], [4, 200, null]);
  const { body } = await bench.api.send(`${WEBHOOKS}/${id}/deliveries/${delivery.id}`, { as });
  const log = body.attempt_log.toReversed();
  assert.deepEqual(
    log.map((one: { status: number | null }) => one.status),
    [500, null, 429, 200],
  );
  assert.ok(log[0].answer.length <= 1_024);
  assert.match(log[1].error, /the connection failed/);
  assert(!JSON.stringify(body).includes('hunter2'));
  assert.equal((await bench.api.send(`${WEBHOOKS}/${id}`, { as })).body.failing_since, null);
});

test('what is too late is given up, and sent again when somebody asks', seconds, async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  let isWell = false;
  const receiver = await bench.receiver((_request, response) => response.writeHead(isWell ? 200 : 503).end());
  await bench.start();
  const { id } = await bench.create(as, { url: receiver.url });
  for (const code of ['ONE', 'TWO', 'THREE']) await bench.note(as, code);
  await until(async () => (await bench.deliveries(as, id)).length === 3, 'three wait');
  await bench.api.db.query(`update webhook_deliveries set until_at = app_now()`);
  const states = async () => (await bench.deliveries(as, id)).map(({ state }) => state);
  await until(async () => (await states()).every((state) => state === 'failed'), 'all are given up');
  const sentBefore = receiver.received.length;
  const [newest] = await bench.deliveries(as, id);
  const again = (path: string) => bench.api.send(`${WEBHOOKS}/${id}/${path}`, { method: 'POST', as });
  isWell = true;
  assert.equal((await again(`deliveries/${newest.id}/resend`)).status, 202);
  await until(
    async () => (await states()).filter((state) => state === 'delivered').length === 1,
    'one arrives',
  );
  assert.equal(receiver.received.length, sentBefore + 1);
  assert.equal(receiver.received.at(-1)?.headers['webhook-id'], newest.event_id);
  assert.deepEqual((await again('resend-failed')).body, { resent: 2 });
  await until(async () => (await states()).every((state) => state === 'delivered'), 'all arrive');
  assert.deepEqual((await bench.deliveries(as, id, '?state=failed')).length, 0);
  assert.equal((await again(`deliveries/${newest.id}/resend`)).status, 202, 'also what has arrived');
  assert.equal((await again('deliveries/dlv_unknown/resend')).body.code, 'webhook.delivery_not_found');
});

test('each endpoint is told what it asked for, of its own organisation, once', seconds, async (t) => {
  const bench = await webhookBench(t);
  const [as, other] = [await bench.api.person(), await bench.api.person()];
  const [all, keys, foreign, off] = [
    await bench.receiver(),
    await bench.receiver(),
    await bench.receiver(),
    await bench.receiver(),
  ];
  await bench.note(as, 'BEFORE');
  // Two of them at once: each event is still taken once.
  await bench.start();
  await bench.start();
  await bench.create(as, { url: all.url });
  await bench.create(as, { url: keys.url, event_types: ['API_KEY_CREATED'] });
  await bench.create(other, { url: foreign.url });
  const { id } = await bench.create(as, { url: off.url });
  await bench.api.send(`${WEBHOOKS}/${id}`, { method: 'PATCH', as, body: { enabled: false } });
  const codes = Array.from({ length: 40 }, (_, index) => `C${index}`);
  await Promise.all(codes.map((code) => bench.note(as, code)));
  const ids = () => all.received.map(({ headers }) => headers['webhook-id']);
  await until(() => new Set(ids()).size === 40, 'all arrive');
  await until(async () => {
    const rows = await bench.api.db.query(`select 1 from webhook_deliveries where state = 'pending'`);
    return rows.length === 0;
  }, 'nothing waits');
  const made = await bench.api.db.query(
    `select event_id from webhook_deliveries group by 1 having count(*) = 1`,
  );
  assert.equal(made.length, 40);
  assert.deepEqual(
    [keys, foreign, off].map(({ received }) => received.length),
    [0, 0, 0],
  );
  assert(!all.received.some(({ body }) => body.includes('BEFORE')));
});

test(
  'a receiver that never answers holds up nobody else, and is asked by few at once',
  seconds,
  async (t) => {
    const bench = await webhookBench(t);
    bench.values.set('WEBHOOK_RUNS_MAX', 2);
    const as = await bench.api.person();
    const slow = await bench.receiver(() => undefined);
    const fast = await bench.receiver();
    await bench.start();
    await bench.create(as, { url: slow.url });
    await bench.note(as, 'WARM');
    await until(() => slow.open.now > 0, 'the slow one is being asked');
    const { id } = await bench.create(as, { url: fast.url });
    for (let i = 0; i < 30; i++) await bench.note(as, `C${i}`);
    await until(() => fast.received.length === 30, 'the other one has all of it');
    assert.ok(slow.open.most <= 2, `${slow.open.most} at once`);
    assert.ok(fast.open.most <= 2, `${fast.open.most} at once`);
    assert.equal((await bench.deliveries(as, id)).length, 30);
  },
);

test('many that never answer take turns with one that does', seconds, async (t) => {
  const bench = await webhookBench(t);
  bench.values.set('WEBHOOK_RUNS_MAX', 1);
  bench.values.set('WEBHOOK_TIMEOUT_MS', 100);
  const as = await bench.api.person();
  const slow = await bench.receiver(() => undefined);
  for (let i = 0; i < 5; i++) await bench.create(as, { url: slow.url });
  const fast = await bench.receiver();
  await bench.create(as, { url: fast.url });
  await bench.start();
  await bench.note(as, 'ONE');
  // On a busy machine it may need more than one try as well.
  await until(() => fast.received.length > 0, 'it arrives');
  const errors = async () =>
    (
      await bench.api.db.query<{ error: string }>(
        'select error from webhook_attempts where error is not null',
      )
    ).map(({ error }) => error);
  await until(async () => (await errors()).length >= 5, 'the others are asked too');
  assert.deepEqual(new Set(await errors()), new Set(['no answer in time']));
});

test('a process that dies after sending sends again, with the same id', seconds, async (t) => {
  const bench = await webhookBench(t);
  const as = await bench.api.person();
  const receiver = await bench.receiver();
  let crashes = 0;
  const env = {
    ...bench.api.env,
    with: () => env,
    crashPoint: async (name: string) => {
      if (!['deliver-webhooks.sent', 'fan-out-events.applied'].includes(name) || crashes >= 4) return;
      crashes += 1;
      throw new Error('killed');
    },
  };
  bench.values.set('JOB_RETRY_FIRST_MS', 10);
  await bench.start({ env });
  const { id } = await bench.create(as, { url: receiver.url });
  await bench.note(as, 'ONCE');
  await until(async () => (await bench.deliveries(as, id))[0]?.state === 'delivered', 'it is logged');
  assert.equal((await bench.deliveries(as, id)).length, 1);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
  assert.ok(crashes > 0);
});
