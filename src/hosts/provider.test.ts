/** The adapter of own machines over its database and a real sshd: what the conformance suite asks of servers, as far as it applies. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Bench, type ProviderHarness, rejects } from '#providers/provider-bench.ts';
import { startHost, type TestHost, until, whyNoSshd } from '#providers/testing/sshd.ts';
import { FACTS, type HostBench, startHostBench, TYPE } from './testing/host-bench.ts';

const skip = whyNoSshd() ?? false;

async function start(t: TestContext): Promise<HostBench & { zone: string; bench: Bench }> {
  const hosts = await startHostBench(t);
  const zone = `hosts-${hosts.owner.orgId.slice(-16)}`;
  const harness = {
    provider: hosts.provider,
    zones: [zone],
    type: TYPE,
    rootBytes: 1,
    clearFaults: async () => undefined,
  };
  return { ...hosts, zone, bench: new Bench(harness as unknown as ProviderHarness) };
}

/** A registered machine behind which a real sshd stands. */
async function realHost(t: TestContext, hosts: HostBench): Promise<{ machine: TestHost; id: string }> {
  const machine = await startHost();
  t.after(() => machine.remove());
  const credential = { kind: 'private_key', private_key: machine.privateKey };
  const place = { name: 'real', address: '127.0.0.1', port: machine.port, host_key: machine.hostKey };
  const { id } = await hosts.register({ ...place, credential });
  await hosts.api.db.query(`update hosts set facts = $2, type_code = $3 where id = $1`, [
    id,
    JSON.stringify(FACTS),
    TYPE,
  ]);
  return { machine, id };
}

const at = (machine: TestHost, name: string) => path.join(machine.root, name);
const told = (machine: TestHost, name: string) =>
  until(
    () => (fs.existsSync(at(machine, name)) ? fs.readFileSync(at(machine, name), 'utf8') : undefined),
    name,
  );
const says = (word: string) => `#!/bin/sh\necho ${word} >>"$INVENTIV_MACHINE_ROOT/said"\n`;

test('a create claims, a start installs, a delete uninstalls, and the machine is free again', {
  skip,
}, async (t) => {
  const hosts = await start(t);
  const { bench, provider } = hosts;
  const { machine, id } = await realHost(t, hosts);
  const order = bench.order({ userData: says('first') });
  const server = await bench.make(order);
  assert.deepEqual(
    [server.state, server.owner, server.type, server.volumes],
    ['stopped', order.owner, TYPE, []],
  );
  assert.deepEqual(
    (await bench.owned()).map(({ kind, ref, owner }) => [kind, ref.id, owner?.attempt]),
    [['server', server.ref.id, order.owner.attempt]],
  );
  await provider.startServer(bench.context(), server.ref);
  await provider.startServer(bench.context(), server.ref);
  const running = await bench.waitFor(server.ref, ({ state }) => state === 'running');
  assert.equal(running.address, '127.0.0.1');
  assert.equal(await told(machine, 'said'), 'first\n');
  await provider.installAnew(bench.context(), server.ref, says('second'));
  await provider.installAnew(bench.context(), server.ref, says('second'));
  await until(
    async () => ((await told(machine, 'said')).includes('second') ? true : undefined),
    'the second',
  );
  await provider.deleteServer(bench.context(), server.ref);
  await provider.deleteServer(bench.context(), server.ref);
  const gone = await bench.waitGone(server.ref);
  assert.ok(gone?.billedToMs !== undefined && gone.billedToMs >= (gone.billedFromMs ?? 0));
  assert.equal(await told(machine, 'said'), 'first\nsecond\n', 'each was run once');
  assert.ok(!fs.existsSync(at(machine, 'var/lib/inventiv-install')), 'nothing is left there');
  const [row] = await hosts.api.db.query<{ script: string | null }>('select script from host_claims');
  assert.equal(row?.script, null, 'the token in it is gone too');
  assert.deepEqual(await bench.owned(), []);
  const again = await bench.make(bench.order({ userData: says('third') }));
  assert.notEqual(again.ref.id, server.ref.id);
  await provider.startServer(bench.context(), again.ref);
  await until(async () => ((await told(machine, 'said')).includes('third') ? true : undefined), 'the third');
  await bench.cleanUp();
  assert.equal((await hosts.api.send(`/api/v1/hosts/${id}`, { as: hosts.owner })).body.state, 'free');
});

test('two orders at once never get one machine, and each of many gets one as long as there are any', async (t) => {
  const { bench, freeHost, provider } = await start(t);
  for (const name of ['a', 'b', 'c']) await freeHost(name);
  const orders = Array.from({ length: 8 }, () => bench.order());
  const outcomes = await Promise.allSettled(
    orders.map((order) => provider.createServer(bench.context(), order)),
  );
  const made = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  assert.equal(made.length, 3);
  for (const one of outcomes) {
    if (one.status === 'rejected') assert.equal(one.reason.facts.kind, 'stock_out');
  }
  const owned = await bench.owned();
  assert.deepEqual(
    owned.map(({ ref }) => ref.id),
    made.map(({ ref }) => ref.id).toSorted(),
  );
});

test('the same order is one claim, also eight at once and after its end; another order of it is a conflict', async (t) => {
  const { bench, freeHost, provider } = await start(t);
  for (const name of ['a', 'b', 'c']) await freeHost(name);
  const order = bench.order();
  const make = () => provider.createServer(bench.context(), order);
  const ids = new Set((await Promise.all(Array.from({ length: 8 }, make))).map(({ ref }) => ref.id));
  assert.equal(ids.size, 1);
  assert.equal((await bench.owned()).length, 1);
  const other = { ...order, owner: { ...order.owner, instance: 'inst_another' } };
  await rejects(provider.createServer(bench.context(), other), 'conflict', false);
  const [id = ''] = ids;
  await provider.deleteServer(bench.context(), { id, zone: order.zone });
  assert.equal((await make()).state, 'gone');
});

test('what cannot be is refused for certain, and what is over is not begun', async (t) => {
  const { bench, freeHost, provider, zone } = await start(t);
  await freeHost('a');
  await rejects(bench.create({ type: 'NO-SUCH-TYPE' }), 'invalid', false);
  await rejects(bench.create({ zone: 'no-such-zone' }), 'invalid', false);
  const { maxUserDataBytes } = provider.capabilities;
  await rejects(bench.create({ userData: 'x'.repeat(maxUserDataBytes + 1) }), 'invalid', false);
  const late = { signal: AbortSignal.abort(), correlationId: 'cor_late' };
  await rejects(provider.createServer(late, bench.order()), 'retryable', false);
  assert.deepEqual(await bench.owned(), []);
  const nothing = { id: 'claim_none', zone };
  assert.equal(await provider.findServer(bench.context(), nothing), undefined);
  await provider.deleteServer(bench.context(), nothing);
  await rejects(provider.startServer(bench.context(), nothing), 'not_found', false);
  await rejects(provider.renewExpiry(bench.context(), 'server', nothing, 1), 'not_found', false);
  for (const call of [
    provider.rebootServer(),
    provider.replaceUserData(),
    provider.createPart(bench.context(), bench.partOrder('volume')),
  ]) {
    await rejects(call, 'unsupported', false);
  }
});

test('only machines of the asked installation and zones are listed, and an expiry is renewed', async (t) => {
  const { bench, freeHost, provider } = await start(t);
  for (const name of ['a', 'b']) await freeHost(name);
  const own = await bench.create();
  await bench.create({}, { installation: `${bench.installation}-2` });
  assert.deepEqual(
    (await bench.owned()).map(({ ref }) => ref.id),
    [own.ref.id],
  );
  assert.deepEqual(await provider.listOwned(bench.context(), bench.installation, ['elsewhere']), []);
  assert.equal((await provider.listOwned(bench.context(), undefined, [own.ref.zone])).length, 2);
  await provider.renewExpiry(bench.context(), 'server', own.ref, 1_950_000_000_000);
  const now = await provider.findServer(bench.context(), own.ref);
  assert.deepEqual(now?.owner, { ...own.owner, expiresAtMs: 1_950_000_000_000 });
});

test('a machine that is not reached is left for another one after a few tries', { skip }, async (t) => {
  const hosts = await start(t);
  const { bench, provider } = hosts;
  const { machine, id } = await realHost(t, hosts);
  const server = await bench.create();
  await machine.stop();
  await rejects(provider.startServer(bench.context(), server.ref), 'retryable', false);
  await rejects(provider.startServer(bench.context(), server.ref), 'retryable', false);
  const given = await rejects(provider.startServer(bench.context(), server.ref), 'stock_out', false);
  assert.match(given.message, /left for another/);
  const view = (await hosts.api.send(`/api/v1/hosts/${id}`, { as: hosts.owner })).body;
  assert.deepEqual([view.state, view.probe.error], ['claimed', 'unreachable']);
  await provider.deleteServer(bench.context(), server.ref);
  await machine.start();
  assert.equal((await provider.findServer(bench.context(), server.ref))?.state, 'gone');
  await rejects(bench.create(), 'stock_out', false);
  await hosts.api.db.query('update hosts set probes_asked = probes_asked + 1');
  machine.pretend('systemctl', ':');
  assert.equal((await hosts.probe(id)).state, 'free');
});

test('a changed host key stops a start and a delete alike, with nothing sent', { skip }, async (t) => {
  const hosts = await start(t);
  const { bench, provider } = hosts;
  const { machine, id } = await realHost(t, hosts);
  const server = await bench.create({ userData: says('never') });
  const key = await machine.renewHostKey();
  const refused = await rejects(provider.startServer(bench.context(), server.ref), 'permission', false);
  assert.equal(refused.isDefiniteRefusal, true);
  assert.ok(!fs.existsSync(at(machine, 'said')));
  await provider.deleteServer(bench.context(), server.ref);
  assert.equal((await provider.findServer(bench.context(), server.ref))?.state, 'gone', 'nothing is there');
  const body = { host_key: key };
  const post = { method: 'POST', as: hosts.owner, body };
  const confirmed = await hosts.api.send(`/api/v1/hosts/${id}/confirm-host-key`, post);
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  await hosts.api.db.query('update hosts set probe_error = null');
  const next = await bench.create({ userData: says('once') });
  await provider.startServer(bench.context(), next.ref);
  assert.equal(await told(machine, 'said'), 'once\n');
  const newest = await machine.renewHostKey();
  await rejects(provider.deleteServer(bench.context(), next.ref), 'permission', false);
  await hosts.api.send(`/api/v1/hosts/${id}/confirm-host-key`, { ...post, body: { host_key: newest } });
  await provider.deleteServer(bench.context(), next.ref);
  assert.equal((await provider.findServer(bench.context(), next.ref))?.state, 'gone');
});

test('a delete that meets a start leaves nothing on the machine', { skip }, async (t) => {
  const hosts = await start(t);
  const { bench, provider } = hosts;
  const { machine } = await realHost(t, hosts);
  for (let round = 0; round < 3; round++) {
    const server = await bench.create({ userData: says(`round-${round}`) });
    await Promise.allSettled([
      provider.startServer(bench.context(), server.ref),
      provider.deleteServer(bench.context(), server.ref),
    ]);
    await provider.deleteServer(bench.context(), server.ref);
    assert.equal((await provider.findServer(bench.context(), server.ref))?.state, 'gone');
  }
  assert.deepEqual(await bench.owned(), []);
  assert.ok(!fs.existsSync(at(machine, 'var/lib/inventiv-install')), 'nothing of them is on the machine');
});
