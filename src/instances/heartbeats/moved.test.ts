import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listServingInstances } from '../queries.ts';
import { beatOf, driveToReady, openBench, order, reconcile, recordOf } from '../testing/bench.ts';
import { makeDesk } from '../testing/heartbeats.ts';
import { hasMoved, plainAddress } from './moved.ts';

test('only a machine that spoke from its own address can be seen to move', () => {
  const known = { address: '10.0.0.1', seenFrom: '10.0.0.1' };
  assert.equal(hasMoved(known, '10.0.0.2'), true);
  assert.equal(hasMoved(known, '10.0.0.1'), false);
  assert.equal(hasMoved(known, undefined), false);
  assert.equal(hasMoved({ ...known, seenFrom: null }, '10.0.0.2'), false);
  assert.equal(hasMoved({ ...known, seenFrom: '192.0.2.7' }, '192.0.2.8'), false, 'it is behind a NAT');
  assert.equal(hasMoved({ ...known, address: null }, '10.0.0.2'), false);
  assert.equal(plainAddress('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(plainAddress('2001:db8::ffff:1'), '2001:db8::ffff:1');
});

test('a beat from elsewhere makes the provider be asked at once, and its word alone is routed to', async (t) => {
  const bench = await openBench(t);
  bench.settings = { ...bench.settings, watchMs: 3_600_000 };
  const id = await order(bench);
  const worker = await driveToReady(bench, id);
  const desk = makeDesk(bench.env, bench.db);
  await desk.start();
  t.after(() => desk.stop());
  const tell = async (from: string) => {
    const identity = await desk.identify(worker.worker_token);
    assert.ok(identity);
    await desk.record(identity, beatOf(worker, 'ready', { engine_restarts: 1 }), from);
  };
  // The first one has news, so where it comes from is noted.
  await tell('::ffff:127.0.0.1');
  const looks = () => bench.provider.calls.filter((call) => call === 'findServer').length;
  await reconcile(bench, id);
  const before = looks();
  await tell('127.0.0.1');
  await reconcile(bench, id);
  assert.equal(looks(), before, 'a machine that stays is left alone');
  const [server] = bench.provider.living;
  assert.ok(server);
  server.address = '127.0.0.2';
  await tell('127.0.0.3');
  await reconcile(bench, id);
  assert.equal((await recordOf(bench, id)).instance.address, '127.0.0.2', 'not what the beat looked like');
  assert.deepEqual(
    (await listServingInstances(bench.db)).map(({ address }) => address),
    ['127.0.0.2'],
  );
});
