/** Machines as people register, confirm, release and remove them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getOffer, listOffers } from '#catalog/queries.ts';
import { newKeyPair } from '#providers/host-key-pair.ts';
import { Bench, type ProviderHarness, rejects } from '#providers/provider-bench.ts';
import { startHost, whyNoSshd } from '#providers/testing/sshd.ts';
import { HOST_KEY, PATH, startHostBench, TYPE } from './testing/host-bench.ts';

const skip = whyNoSshd() ?? false;
const CANARY = 'canary-9d3e71';

function ordersOf(provider: ProviderHarness['provider'], zone: string): Bench {
  return new Bench({ provider, zones: [zone], type: TYPE, rootBytes: 1 } as unknown as ProviderHarness);
}

test('a machine waits for its key to be confirmed, and is free when it was looked at', {
  skip,
}, async (t) => {
  const { api, owner, register, probe } = await startHostBench(t);
  const host = await startHost();
  t.after(() => host.remove());
  host.pretend('systemctl', ':');
  host.pretend('nvidia-smi', 'echo "NVIDIA H100 80GB HBM3, 81559, 550.54.15, 9.0"');
  const credential = { kind: 'private_key', private_key: host.privateKey };
  const { id } = await register({ address: '127.0.0.1', port: host.port, credential });
  const seen = await probe(id);
  assert.deepEqual(
    [seen.state, seen.probe.error, seen.seen_host_key],
    ['unconfirmed', 'host_key_unknown', host.hostKey],
  );
  const confirm = { method: 'POST', as: owner, body: { host_key: host.hostKey } };
  assert.equal((await api.send(`${PATH}/${id}/confirm-host-key`, confirm)).status, 200);
  const free = await probe(id);
  assert.deepEqual([free.state, free.probe.state, free.seen_host_key], ['free', 'ok', null]);
  assert.equal(free.facts?.gpus[0]?.kind, 'H100 80GB HBM3');
  assert.match(free.instance_type ?? '', /^BM-1xH100-80GB-HBM3-80G-/);
  assert.match(free.facts?.warnings.join(' ') ?? '', /container/);

  const newKey = await host.renewHostKey();
  await api.send(`${PATH}/${id}/probe`, { method: 'POST', as: owner });
  const changed = await probe(id);
  assert.deepEqual(
    [changed.state, changed.probe.error, changed.host_key, changed.seen_host_key],
    ['failed', 'host_key_changed', free.host_key, newKey],
    'what was confirmed stays until a person says otherwise',
  );
});

test('credentials are sealed, never shown, and refused with a reason when they cannot be used', async (t) => {
  const { api, owner, register } = await startHostBench(t);
  const { id } = await register({ credential: { kind: 'password', password: CANARY } });
  const [row] = await api.db.query<{ credential: string }>('select credential from hosts where id = $1', [
    id,
  ]);
  assert.match(row?.credential ?? '', /^v1\./);
  for (const path of [PATH, `${PATH}/${id}`]) {
    assert.ok(!JSON.stringify((await api.send(path, { as: owner })).body).includes(CANARY));
  }
  const audits = await api.db.query('select * from audit_log');
  assert.ok(!JSON.stringify(audits).includes(CANARY), 'the audit log holds none either');
  const made = await register({ name: 'gpu-2', address: '10.0.0.2' });
  assert.match(made.public_key ?? '', /^ssh-ed25519 [A-Za-z0-9+/=]+ inventiv-gpu-2$/);
  const pair = newKeyPair();
  for (const [private_key, says] of [
    ['no key at all', /no private key/],
    [pair.public, /public key/],
    [pair.private.slice(0, 100), /no private key/],
  ] as const) {
    const body = { name: 'x', address: '10.0.0.9', credential: { kind: 'private_key', private_key } };
    const answer = await api.send(PATH, { method: 'POST', as: owner, body });
    assert.deepEqual([answer.status, answer.body.code], [422, 'host.bad_credential']);
    assert.match(answer.body.detail, says);
  }
});

test('a name and an address are registered once, and errors say which it is', async (t) => {
  const { api, owner, register } = await startHostBench(t);
  const first = await register();
  const again = async (body: object) => {
    const whole = { name: 'other', address: '10.9.9.9', credential: { kind: 'generated' }, ...body };
    return (await api.send(PATH, { method: 'POST', as: owner, body: whole })).body.code;
  };
  assert.equal(await again({ name: 'gpu-1' }), 'host.name_taken');
  assert.equal(await again({ address: '10.0.0.1' }), 'host.address_taken');
  assert.equal(await again({ address: '10.0.0.1; reboot' }), 'request.invalid');
  assert.equal(await again({ username: '-oProxyCommand=x' }), 'request.invalid');
  assert.equal((await api.send(`${PATH}/${first.id}`, { method: 'DELETE', as: owner })).status, 204);
  await register();
});

test('a list is taken whole or not at all, and each error names its line', async (t) => {
  const { api, owner } = await startHostBench(t);
  const send = (body: object) => api.send(`${PATH}/import`, { method: 'POST', as: owner, body });
  const defaults = { credential: { kind: 'generated' }, username: 'ubuntu' };
  const bad = 'name,address,port\ngpu-1,10.0.0.1,22\ngpu-2,10.0.0.2,ssh\ngpu-1,10.0.0.3,22\n';
  const refused = await send({ format: 'csv', content: bad, defaults });
  assert.deepEqual([refused.status, refused.body.code], [422, 'host.bad_inventory']);
  assert.deepEqual(
    refused.body.errors.map(({ path }: { path: string }) => path),
    ['line 3', 'line 4'],
  );
  assert.deepEqual((await api.send(PATH, { as: owner })).body.data, []);
  const content = '[gpu]\nnode[01:03].example.test inventiv_price=2.5\n';
  const taken = await send({ format: 'ansible_ini', content, defaults });
  assert.equal(taken.status, 201, JSON.stringify(taken.body));
  assert.deepEqual(
    taken.body.data.map(({ name, username, price }: { name: string; username: string; price: object }) => [
      name,
      username,
      price,
    ]),
    ['01', '02', '03'].map((number) => [
      `node${number}.example.test`,
      'ubuntu',
      { nanos_per_hour: 2_500_000_000, currency: 'EUR' },
    ]),
  );
  const twice = await send({ format: 'ansible_ini', content, defaults });
  assert.match(twice.body.detail, /line 2: node01.example.test is registered already/);
});

test('free machines are offers of their organisation, and of no other', async (t) => {
  const { api, owner, freeHost, syncOffers, provider } = await startHostBench(t);
  const other = await api.person();
  const mine = await freeHost('mine-1', owner, 2e9);
  await freeHost('mine-2', owner, 3e9);
  const theirs = await freeHost('theirs', other, 0);
  await syncOffers();
  const offersOf = async (orgId: typeof owner.orgId) =>
    (await listOffers(api.db, { provider: 'bare-metal', orgId })).map((offer) => [
      offer.zone,
      offer.code,
      offer.nanosPerHour,
      offer.availability,
    ]);
  assert.deepEqual(
    await offersOf(owner.orgId),
    [[mine.zone, TYPE, 3e9, 'available']],
    'the highest price counts',
  );
  assert.deepEqual(await offersOf(other.orgId), [[theirs.zone, TYPE, 0, 'available']], 'free of charge is 0');
  assert.deepEqual(await listOffers(api.db, { provider: 'bare-metal' }), []);
  const wanted = { provider: 'bare-metal', type: TYPE, zone: theirs.zone };
  await assert.rejects(getOffer(api.db, { ...wanted, orgId: owner.orgId }), /catalogue\.type_unavailable/);
  const bench = ordersOf(provider, theirs.zone);
  await bench.provider.createServer(bench.context(), bench.order());
  await syncOffers();
  assert.deepEqual(await offersOf(other.orgId), [[theirs.zone, TYPE, 0, 'shortage']]);
});

test('a machine in use is neither removed nor declared free, and one that burned is declared gone', async (t) => {
  const { api, owner, freeHost, provider } = await startHostBench(t);
  const host = await freeHost('burning');
  const bench = ordersOf(provider, host.zone);
  const server = await bench.provider.createServer(bench.context(), bench.order());
  await api.db.query('update host_claims set launched_at = app_now() where id = $1', [server.ref.id]);
  const path = `${PATH}/${host.id}`;
  assert.equal((await api.send(path, { method: 'DELETE', as: owner })).body.code, 'host.in_use');
  const release = async (confirm: string) =>
    api.send(`${path}/release`, { method: 'POST', as: owner, body: { confirm } });
  assert.equal((await release('burning')).body.code, 'host.release_first');
  await rejects(bench.provider.deleteServer(bench.context(), server.ref), 'retryable', false);
  assert.equal((await bench.provider.findServer(bench.context(), server.ref))?.state, 'stopping');
  assert.equal((await release('another')).body.code, 'host.confirm_name');
  const released = await release('burning');
  assert.deepEqual(
    [released.status, released.body.state],
    [200, 'out_of_service'],
    JSON.stringify(released.body),
  );
  assert.equal((await bench.provider.findServer(bench.context(), server.ref))?.state, 'gone');
  assert.equal((await release('burning')).body.code, 'host.not_claimed');
  await rejects(bench.create(), 'stock_out', false);
  const back = await api.send(path, { method: 'PATCH', as: owner, body: { out_of_service: false } });
  assert.notEqual(back.body.state, 'out_of_service');
});

test('machines of others are not there, and members without the right change nothing', async (t) => {
  const { api, owner, freeHost } = await startHostBench(t);
  const host = await freeHost('ours');
  const other = await api.person();
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PATCH', '', { name: 'theirs' }],
    ['POST', '/probe', undefined],
    ['POST', '/confirm-host-key', { host_key: HOST_KEY }],
    ['POST', '/release', { confirm: 'ours' }],
    ['DELETE', '', undefined],
  ] as const) {
    const answer = await api.send(`${PATH}/${host.id}${path}`, { method, as: other, body });
    assert.deepEqual([answer.status, answer.body.code], [404, 'host.not_found'], `${method} ${path}`);
  }
  const manager = await api.person('manager', owner.orgId);
  assert.equal((await api.send(`${PATH}/${host.id}`, { as: manager })).status, 200);
  assert.equal((await api.send(`${PATH}/${host.id}`, { method: 'DELETE', as: manager })).status, 403);
});
