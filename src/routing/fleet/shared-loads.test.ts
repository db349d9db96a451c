import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorkerPicker } from '../pick.ts';
import { figuresWith, requestOf, stillEnv, workerNamed } from '../testing/routing-fixture.ts';
import { SharedLoads } from './shared-loads.ts';

/** Gateways on one clock, whose messages lie in a list until they are carried over. */
function fleetOf(count: number, figures = figuresWith()) {
  const { time, env } = stillEnv();
  const messages: { readonly from: number; readonly text: string }[] = [];
  const gateways = Array.from({ length: count }, (_, from) => {
    const loads = new SharedLoads(env.clock, `gateway-${from}`, {
      publish: (text) => void messages.push({ from, text }),
    });
    const picker = new WorkerPicker(env, figures, loads);
    loads.attach(picker);
    return { loads, picker };
  });
  const carry = (isLost: (index: number) => boolean = () => false) => {
    for (const { loads } of gateways) loads.tick();
    for (const [index, { text }] of messages.splice(0).entries()) {
      if (!isLost(index)) for (const { loads } of gateways) loads.receive(text);
    }
  };
  return { time, env, gateways, carry, messages };
}

type Gateway = ReturnType<typeof fleetOf>['gateways'][number];
const workers = [workerNamed('a'), workerNamed('b')];
const [first, second] = ['inst_a', 'inst_b'];

function send({ picker }: Gateway, tokens = 10_000, blocks: readonly number[] = []) {
  const result = picker.pick(workers, requestOf(blocks, { inputTokens: tokens }), { isForced: true });
  assert.ok(result.kind === 'leased');
  return result.lease;
}

test('each gateway sees what the others sent, and goes where there is less', () => {
  const { gateways, carry } = fleetOf(2);
  const [one, other] = gateways as [Gateway, Gateway];
  // Both know the workers.
  for (const gateway of gateways) for (const lease of [send(gateway, 1), send(gateway, 1)]) lease.release();
  carry();
  for (let round = 0; round < 20; round++) {
    const sent = send(one).worker.instanceId;
    carry();
    const next = send(other).worker.instanceId;
    carry();
    assert.notEqual(next, sent, 'the second one goes to the other worker');
    assert.equal(one.picker.outstanding(first) + one.picker.outstanding(second), round + 1);
  }
});

test('a conversation is found again by a gateway that never had it', () => {
  const { gateways, carry } = fleetOf(2);
  const [one, other] = gateways as [Gateway, Gateway];
  for (const gateway of gateways) send(gateway, 1).release();
  const blocks = [11, 12, 13, 14, 15];
  const home = send(one, 500, blocks);
  home.firstToken();
  home.release();
  carry();
  const next = send(other, 600, [...blocks, 16]);
  assert.equal(next.worker.instanceId, home.worker.instanceId);
  assert.equal(next.cachedTokens, 500);
});

test('what ended at another gateway is gone, and who waits here is told of the room', () => {
  const { gateways, carry } = fleetOf(2, figuresWith({ inFlightMax: 1 }));
  const [one, other] = gateways as [Gateway, Gateway];
  for (const gateway of gateways) for (const lease of [send(gateway, 1), send(gateway, 1)]) lease.release();
  const leases = [send(one), send(one)];
  carry();
  const ask = () => other.picker.pick(workers, requestOf([], { inputTokens: 10 }));
  assert.equal(ask().kind, 'full');
  let told = 0;
  other.picker.onRoom(() => told++);
  leases[0]?.release();
  carry();
  assert.equal(told > 0, true);
  assert.equal(ask().kind, 'leased');
});

test('lost messages heal with the next whole picture, and are counted', () => {
  const { time, gateways, carry } = fleetOf(2);
  const [one, other] = gateways as [Gateway, Gateway];
  for (const gateway of gateways) for (const lease of [send(gateway, 1), send(gateway, 1)]) lease.release();
  carry();
  const lease = send(one, 100_000);
  carry(() => true);
  time.ms += 500;
  carry();
  // Nothing has changed since, so nothing was told: it still thinks that both are idle.
  lease.release();
  const gone = send(one, 100_000);
  carry(() => true);
  time.ms += 1_000;
  carry();
  const sent = send(other, 1_000);
  assert.notEqual(sent.worker.instanceId, gone.worker.instanceId);
  assert.ok(other.loads.lost > 0);
});

test('a gateway that is silent for some seconds has nothing at the workers; one that ends says so', () => {
  const { time, gateways, carry, messages } = fleetOf(3, figuresWith({ inFlightMax: 1 }));
  const [dead, leaving, alive] = gateways as [Gateway, Gateway, Gateway];
  for (const gateway of gateways) for (const lease of [send(gateway, 1), send(gateway, 1)]) lease.release();
  send(dead);
  carry();
  send(leaving);
  carry();
  assert.equal(alive.loads.peers, 2);
  const kindNow = () => alive.picker.pick(workers, requestOf([], { inputTokens: 10 })).kind;
  assert.equal(kindNow(), 'full');
  leaving.loads.leave();
  for (const { text } of messages.splice(0)) alive.loads.receive(text);
  assert.equal(kindNow(), 'leased');
  gateways.splice(0, 2);
  time.ms += 3_000;
  carry();
  assert.equal(alive.loads.peers, 0);
});

test('an older message and one that cannot be read change nothing', () => {
  const { gateways, messages, carry } = fleetOf(2);
  const [one, other] = gateways as [Gateway, Gateway];
  for (const gateway of gateways) send(gateway, 1).release();
  carry();
  const lease = send(one);
  one.loads.tick();
  const busy = messages.splice(0);
  lease.release();
  one.loads.tick();
  for (const { text } of messages.splice(0)) other.loads.receive(text);
  for (const { text } of busy) other.loads.receive(text);
  for (const text of [
    '',
    '{',
    '{"gateway":"x"}',
    '[]',
    'null',
    `{"gateway":"x","number":1,"isWhole":true,"loads":[{"open":-1}],"sent":[]}`,
  ])
    other.loads.receive(text);
  assert.equal(other.loads.peers, 1);
  const state = other.picker.busyStates();
  assert.deepEqual(state, []);
});

test('whatever is sent, ended, lost or doubled: once all is told, each gateway counts exactly what the others have', () => {
  const step = fc.record({
    gateway: fc.nat(2),
    what: fc.constantFrom('send', 'start', 'end', 'tell', 'lose'),
    tokens: fc.integer({ min: 1, max: 50_000 }),
    waitMs: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { time, gateways, carry } = fleetOf(3);
      for (const gateway of gateways)
        for (const lease of [send(gateway, 1), send(gateway, 1)]) lease.release();
      const open = gateways.map(() => [] as ReturnType<typeof send>[]);
      for (const { gateway, what, tokens, waitMs } of steps) {
        time.ms += waitMs;
        const own = open[gateway] as ReturnType<typeof send>[];
        if (what === 'send') own.push(send(gateways[gateway] as Gateway, tokens));
        if (what === 'start') own[0]?.firstToken();
        if (what === 'end') own.shift()?.release();
        if (what === 'tell') carry();
        if (what === 'lose') carry((index) => index % 2 === 0);
      }
      time.ms += 1_000;
      carry();
      for (const [index, { picker }] of gateways.entries()) {
        for (const instanceId of [first, second]) {
          const all = open.flat().filter((lease) => lease.worker.instanceId === instanceId).length;
          const own = (open[index] ?? []).filter((lease) => lease.worker.instanceId === instanceId).length;
          assert.equal(picker.outstanding(instanceId as string), own);
          assert.equal(picker.allOpen(instanceId as string), all);
        }
      }
    }),
    { numRuns: 100, seed: 7 },
  );
});
