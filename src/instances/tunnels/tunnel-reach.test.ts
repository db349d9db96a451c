import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { RegisterResponse } from '#contracts/worker.ts';
import type { InstanceId } from '#kernel/ids.ts';
import { hashToken } from '#kernel/token.ts';
import { registerWorker } from '../commands/register-worker.ts';
import { shutOutWorker } from '../commands/revoke-worker.ts';
import { listServingInstances, listTunnelledWorkers } from '../queries.ts';
import {
  AGENT,
  type Bench,
  beat,
  beatOf,
  driveTo,
  driveToReady,
  KEYS,
  openBench,
  order,
  reconcile,
  SETTINGS,
  stateOf,
  terminate,
} from '../testing/bench.ts';
import { makeDesk } from '../testing/heartbeats.ts';
import { announceTunnelEnd } from './announce-end.ts';

const PUBLIC = '203.0.113.9';

/** Registered from a provider whose workers are behind NAT. */
async function registerBehindNat(bench: Bench): Promise<RegisterResponse> {
  const server = bench.provider.living.at(-1);
  assert.ok(server);
  const settings = fixedSettings(readConfig({ WORKER_REACH: 'tunnel' }));
  return registerWorker(
    { env: bench.env, db: bench.db, keys: KEYS, settings },
    {
      bootstrap_token: server.userData.slice('token='.length),
      nonce: 'f'.repeat(32),
      agent: AGENT,
      machine: { hostname: 'm', cpus: 8, memory_bytes: 48e9, gpus: [] },
    },
  );
}

async function driveToReadyBehindNat(bench: Bench, id: InstanceId): Promise<RegisterResponse> {
  await driveTo(bench, id, 'installing');
  const worker = await registerBehindNat(bench);
  await driveTo(bench, id, 'starting');
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  return worker;
}

const addressesOf = async (bench: Bench) =>
  (await listServingInstances(bench.db)).map(({ address }) => address);
const tunnelledOf = async (bench: Bench) =>
  (await listTunnelledWorkers(bench.db)).map(({ instanceId }) => instanceId);

test('behind NAT a worker becomes ready by its heartbeat alone, and is routed to through its tunnel', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  bench.link.checkHealth = () => assert.fail('nobody can be asked there');
  const worker = await driveToReadyBehindNat(bench, id);
  assert.deepEqual(await addressesOf(bench), [`${id}.tunnel`]);
  const [allowed] = await listTunnelledWorkers(bench.db);
  assert.deepEqual(allowed, {
    instanceId: id,
    epoch: worker.epoch,
    tokenHashes: [hashToken(worker.worker_token)],
  });
  await bench.db.transaction((tx) => shutOutWorker(bench.env, tx, bench.scope, id, bench.by));
  assert.deepEqual(await tunnelledOf(bench), []);
  assert.deepEqual(await addressesOf(bench), []);
});

test('a private address is reached directly, a public one through a tunnel, and who registered before as ever', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveToReady(bench, id);
  assert.deepEqual(await addressesOf(bench), ['127.0.0.1']);
  assert.deepEqual(await tunnelledOf(bench), []);
  await bench.db.query(`update instances set address = $2 where id = $1`, [id, PUBLIC]);
  assert.deepEqual(await addressesOf(bench), [`${id}.tunnel`]);
  assert.deepEqual(await tunnelledOf(bench), [id]);
  await bench.db.query(`update workers set reach = 'direct' where instance_id = $1`, [id]);
  assert.deepEqual(await addressesOf(bench), [PUBLIC]);
  assert.deepEqual(await tunnelledOf(bench), []);
});

test('heartbeats tell which gateways to dial: those that live, and only whom it concerns', async (t) => {
  const bench = await openBench(t);
  const near = await order(bench, 'near');
  const nearWorker = await driveToReady(bench, near);
  const far = await order(bench, 'far');
  const farWorker = await driveToReadyBehindNat(bench, far);
  const end = { id: 'gateway-a', url: 'wss://gateway.example.org:8030' };
  const announcement = await announceTunnelEnd(bench.env, bench.db, end);
  t.after(() => announcement.stop());
  await bench.db.query(
    `insert into tunnel_ends values ('dead', 'wss://dead.example.org', app_now() - interval '1 minute')`,
  );
  const desk = makeDesk(bench.env, bench.db, { settings: SETTINGS });
  await desk.start();
  t.after(() => desk.stop());
  const tell = async (worker: RegisterResponse) => {
    const identity = await desk.identify(worker.worker_token);
    assert.ok(identity);
    return (await desk.record(identity, beatOf(worker, 'ready'))).tunnels;
  };
  assert.equal(await tell(nearWorker), null);
  assert.deepEqual(await tell(farWorker), { ends: [end], sockets_each: 2 });
  await announcement.stop();
  for (let i = 0; i < 60; i++) {
    await bench.env.sleep(500);
    if ((await tell(farWorker))?.ends.length === 0) return;
  }
  assert.fail('a gateway that ended is named for ever');
});

test('a worker behind NAT is drained by its heartbeats: it goes when it has told that nothing is left', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  bench.link.orderDrain = () => assert.fail('nobody can be asked there');
  const worker = await driveToReadyBehindNat(bench, id);
  await beat(bench, worker, 'ready', { in_flight: 2 });
  await terminate(bench, id);
  await driveTo(bench, id, 'draining');
  await beat(bench, worker, 'draining', { in_flight: 1 });
  for (let run = 0; run < 5; run++) await reconcile(bench, id);
  assert.equal(await stateOf(bench, id), 'draining');
  await beat(bench, worker, 'draining', { in_flight: 0 });
  await driveTo(bench, id, 'terminated');
});
