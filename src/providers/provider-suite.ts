import assert from 'node:assert/strict';
import { after, afterEach, before, describe } from 'node:test';
import { ProviderError } from './provider.ts';
import { Bench, env, type ProviderHarness, rejects, until } from './provider-bench.ts';
import { it } from './provider-suite-case.ts';
import { INSPECT_SECTIONS } from './provider-suite-inspect.ts';
import { PART_SECTIONS } from './provider-suite-parts.ts';
import { PREPARE_SECTIONS } from './provider-suite-prepare.ts';
import { REBOOT_SECTIONS } from './provider-suite-reboot.ts';

/**
 * What every adapter must do, whatever company is behind it. It is run against the real adapter and a pretended
 * company; tests that need something to go wrong are skipped where the harness cannot make it happen.
 * After each test nothing may be left at the provider.
 */
export function describeProvider(name: string, makeHarness: () => Promise<ProviderHarness>): void {
  describe(`provider ${name}`, { timeout: 170_000 }, () => {
    let bench: Bench | undefined;
    before(async () => {
      bench = new Bench(await makeHarness());
    });
    afterEach(async () => bench?.cleanUp());
    after(async () => bench?.harness.close());
    const current = (): Bench => {
      assert(bench, 'the harness was started');
      return bench;
    };
    const sections = [
      ...[describeCreate, describeRepeatedCreate, describeInterruptedCreate, describeLife, describeReads],
      ...[
        describeLists,
        describeListScope,
        describeDelete,
        describeFailingDelete,
        describeErrors,
        describeSilence,
      ],
      ...[describeOffers, ...PREPARE_SECTIONS, ...PART_SECTIONS, ...REBOOT_SECTIONS, ...INSPECT_SECTIONS],
    ];
    for (const describeSection of sections) describeSection(current);
  });
}

function describeCreate(current: () => Bench): void {
  it('a create gives a server that is not running yet, with its owner and its root volume', async () => {
    const bench = current();
    const order = bench.order();
    const server = await bench.make(order);
    assert.ok(server.state === 'stopped' || server.state === 'starting', server.state);
    assert.deepEqual(server.owner, order.owner);
    assert.equal(server.type, order.type);
    assert.equal(server.ref.zone, order.zone);
    assert.equal(server.volumes.length, bench.isLent ? 0 : 1);
    const [root] = server.volumes;
    if (!root) return;
    const volume = await bench.provider.findVolume(bench.context(), root);
    assert.equal(volume?.sizeBytes, order.rootBytes);
    assert.equal(volume?.isBoot, true);
    assert.equal(volume?.attachedTo, server.ref.id);
    assert.deepEqual(volume?.owner, order.owner);
  });

  it('user data arrives byte for byte up to its limit, and longer data is refused before any call', async () => {
    const bench = current();
    const limit = bench.provider.capabilities.maxUserDataBytes;
    const text = '#!/bin/sh\nexit 0 # é € 漢 🚀\r\n\t';
    const whole = text + 'x'.repeat(limit - Buffer.byteLength(text));
    const server = await bench.create({ userData: whole });
    assert.ok((await bench.harness.readUserData(server.ref)).equals(Buffer.from(whole)));
    await rejects(bench.create({ userData: `${whole}x` }), 'invalid', false);
  });

  it('an unknown type or zone and a root that is too small are refused for certain', async () => {
    const bench = current();
    const wrong = [{ type: 'NO-SUCH-TYPE' }, { zone: 'no-such-zone' }];
    for (const changes of bench.isLent ? wrong : [...wrong, { rootBytes: 1 }]) {
      const error = await rejects(bench.create(changes), ['invalid', 'not_found'], false);
      assert.equal(error.facts.outcomeUnknown, false);
    }
  });
}

function describeRepeatedCreate(current: () => Bench): void {
  it('the same order twice is one server', async () => {
    const bench = current();
    const order = bench.order();
    const first = await bench.createOnce(order);
    const second = await bench.createOnce(order);
    assert.equal(second.ref.id, first.ref.id);
  });

  it('the same order at the same time is one server, or each of several is found by its attempt', async () => {
    const bench = current();
    const order = bench.order();
    if (!bench.knowsTokens) {
      const make = () => bench.provider.createServer(bench.context(), order);
      const made = await Promise.all([make(), make()]);
      const { attempt } = order.owner;
      const found = await bench.provider.findServersByAttempt(bench.context(), order.zone, attempt);
      assert.deepEqual(idsOf(found), idsOf(made));
      return;
    }
    const servers = await Promise.all(
      Array.from({ length: 8 }, () => bench.provider.createServer(bench.context(), order)),
    );
    assert.equal(new Set(servers.map((server) => server.ref.id)).size, 1);
    assert.equal((await bench.owned()).filter((resource) => resource.kind === 'server').length, 1);
  });

  it('the same attempt with another order is a conflict and changes nothing', async () => {
    const bench = current();
    if (!bench.knowsTokens) return;
    const order = bench.order();
    await bench.provider.createServer(bench.context(), order);
    // A machine that is lent has the disk that it has.
    const other = bench.isLent
      ? { ...order, owner: { ...order.owner, instance: 'inst_other' } }
      : { ...order, rootBytes: order.rootBytes * 2 };
    await rejects(bench.provider.createServer(bench.context(), other), 'conflict', false);
    assert.equal((await bench.owned()).filter((resource) => resource.kind === 'server').length, 1);
  });
}

function describeInterruptedCreate(current: () => Bench): void {
  it('what an interrupted create made is found by its attempt and adopted by repeating it', async () => {
    const bench = current();
    for (const fault of ['create_fails_after', 'create_reply_lost', 'create_reply_garbage'] as const) {
      const order = bench.order();
      await bench.harness.setFault(fault);
      await rejects(bench.provider.createServer(bench.context(), order), undefined, true);
      await bench.harness.clearFaults();
      const attempt = order.owner.attempt;
      const found = await bench.provider.findServersByAttempt(bench.context(), order.zone, attempt);
      assert.equal(found.length, 1, fault);
      const adopted = await bench.createOnce(order);
      assert.equal(adopted.ref.id, found[0]?.ref.id);
    }
  });

  it('a failure before the effect leaves nothing, but does not claim so', async () => {
    const bench = current();
    const order = bench.order();
    await bench.harness.setFault('create_fails_before');
    await rejects(bench.provider.createServer(bench.context(), order), 'retryable', true);
    await bench.harness.clearFaults();
    const found = await bench.provider.findServersByAttempt(bench.context(), order.zone, order.owner.attempt);
    assert.deepEqual(found, []);
  });
}

function idsOf(servers: readonly { readonly ref: { readonly id: string } }[]): string[] {
  return servers.map(({ ref }) => ref.id).toSorted();
}

function describeLife(current: () => Bench): void {
  it('a started server runs, with an address of its own, and its states never go back', async () => {
    const bench = current();
    const server = await bench.create();
    await bench.provider.startServer(bench.context(), server.ref);
    const seen: string[] = [];
    const running = await bench.waitFor(server.ref, (now) => {
      seen.push(now.state);
      return now.state === 'running';
    });
    const order = ['stopped', 'starting', 'running'];
    const ranks = seen.map((state) => order.indexOf(state));
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b),
    );
    assert.match(running.address ?? '', /^\d+\.\d+\.\d+\.\d+$/);
  });

  it('starting a running server changes nothing', async () => {
    const bench = current();
    const server = await bench.createStarted();
    await bench.provider.startServer(bench.context(), server.ref);
    const now = await bench.provider.findServer(bench.context(), server.ref);
    assert.equal(now?.state, 'running');
    assert.equal(now?.address, server.address);
  });

  it('two servers have two addresses', async () => {
    const bench = current();
    const [one, two] = await Promise.all([bench.createStarted(), bench.createStarted()]);
    assert.notEqual(one?.address, two?.address);
  });

  it('a start that the provider gives up on shows as stopped again, or as gone', async () => {
    const bench = current();
    await bench.harness.setFault('start_in_vain');
    const server = await bench.create();
    // A server that starts by itself may be given up before it is told to.
    await bench.provider.startServer(bench.context(), server.ref).catch((error: unknown) => {
      if (!(error instanceof ProviderError) || error.facts.kind !== 'conflict') throw error;
    });
    const back = await bench.waitFor(server.ref, ({ state }) => state === 'stopped' || state === 'gone');
    assert.equal(back.address, undefined);
    assert.equal(back.state === 'gone', back.billedToMs !== undefined);
    // One that is gone cannot be started once more: it says that it was for want of room, and costs nothing.
    assert.equal(back.neverRanFor, back.state === 'gone' ? 'stock_out' : undefined);
    if (back.neverRanFor) assert.equal(back.billedToMs, back.billedFromMs);
  });

  it('billing begins with the server and ends when it is gone, not when that is asked for', async () => {
    const bench = current();
    const server = await bench.createStarted();
    assert(server.billedFromMs !== undefined);
    assert.equal(server.billedToMs, undefined);
    await bench.provider.deleteServer(bench.context(), server.ref);
    const gone = await bench.waitGone(server.ref);
    assert.equal(gone?.neverRanFor, undefined, 'it ran, and we ended it');
    if (!bench.provider.capabilities.tombstones) return;
    assert(gone?.billedToMs !== undefined);
    assert.equal(gone.billedFromMs, server.billedFromMs);
    assert.ok(gone.billedToMs >= server.billedFromMs);
  });
}

function describeReads(current: () => Bench): void {
  it('what never existed is found by no read', async () => {
    const bench = current();
    const ref = { id: 'no-such-thing', zone: bench.zone };
    assert.equal(await bench.provider.findServer(bench.context(), ref), undefined);
    assert.equal(await bench.provider.findVolume(bench.context(), ref), undefined);
    assert.deepEqual(await bench.provider.findServersByAttempt(bench.context(), bench.zone, 'att_none'), []);
  });

  it('a server may be invisible at first, for no longer than the window that the adapter tells', async () => {
    const bench = current();
    await bench.harness.setFault('create_invisible');
    const order = bench.order();
    const server = await bench.provider.createServer(bench.context(), order);
    assert.equal(await bench.provider.findServer(bench.context(), server.ref), undefined);
    assert.deepEqual(await bench.owned(), []);
    const startedAt = env.clock.monotonic();
    await bench.waitFor(server.ref, () => true);
    const tookMs = env.clock.monotonic() - startedAt;
    assert.ok(tookMs <= bench.provider.capabilities.visibilityWindowMs, `${tookMs} ms`);
    const again = await bench.createOnce(order);
    assert.equal(again.ref.id, server.ref.id);
  });
}

function describeLists(current: () => Bench): void {
  it('a list is complete at the edges of its pages, and each resource is in it once', async () => {
    const bench = current();
    const size = bench.harness.pageSize;
    let count = 0;
    for (const wanted of [0, 1, size - 1, size, size + 1]) {
      while (count < wanted) {
        const some = Math.min(20, wanted - count);
        await Promise.all(Array.from({ length: some }, () => bench.create()));
        count += some;
      }
      const owned = await bench.owned();
      for (const kind of bench.isLent ? ['server'] : ['server', 'volume']) {
        const ids = owned.filter((resource) => resource.kind === kind).map(({ ref }) => ref.id);
        assert.equal(ids.length, wanted, kind);
        assert.equal(new Set(ids).size, wanted);
      }
    }
  });

  it('a list that the provider cuts short or breaks off throws instead of answering in part', async () => {
    const bench = current();
    await Promise.all(Array.from({ length: 3 }, () => bench.create()));
    await bench.harness.setFault('list_short');
    await rejects(bench.owned(), 'retryable', false);
    const attempt = bench.order().owner.attempt;
    await bench.create({}, { attempt });
    await rejects(
      bench.provider.findServersByAttempt(bench.context(), bench.zone, attempt),
      'retryable',
      false,
    );
    await bench.harness.clearFaults();
    const size = bench.harness.pageSize;
    for (let made = 4; made <= size; made += 20) {
      await Promise.all(Array.from({ length: 20 }, () => bench.create()));
    }
    await bench.harness.setFault('list_breaks_off');
    await rejects(bench.owned(), 'retryable', false);
  });

  it('resources of others are never listed, not even with a name that begins like ours', async () => {
    const bench = current();
    const other = new Bench(bench.harness);
    await bench.create();
    const foreign = await other.create();
    const near = `${bench.installation}-2`;
    const trap = await bench.create({}, { installation: near });
    const ids = (await bench.owned()).map(({ ref }) => ref.id);
    assert.equal(ids.length, bench.isLent ? 1 : 2);
    assert.ok(!ids.includes(foreign.ref.id) && !ids.includes(trap.ref.id));
    await other.cleanUp();
    await bench.deleteServer(trap.ref);
    await bench.waitGone(trap.ref);
    for (const ref of trap.volumes) await bench.deleteVolume(ref);
  });
}

function describeListScope(current: () => Bench): void {
  it('a volume without its server is still listed', async () => {
    const bench = current();
    if (!bench.provider.capabilities.volumesOutliveServer) return;
    const server = await bench.create();
    await bench.deleteServer(server.ref);
    await bench.waitGone(server.ref);
    const owned = await bench.owned();
    assert.deepEqual(
      owned.map(({ kind, ref }) => [kind, ref.id]),
      [['volume', server.volumes[0]?.id]],
    );
  });

  it('only the asked zones are listed', async () => {
    const bench = current();
    const [first = '', second] = bench.harness.zones;
    if (second === undefined) return;
    const here = await bench.create({ zone: first });
    await bench.create({ zone: second });
    const owned = await bench.provider.listOwned(bench.context(), bench.installation, [first]);
    const servers = owned.filter((resource) => resource.kind === 'server');
    assert.deepEqual(
      servers.map(({ ref }) => ref),
      [here.ref],
    );
  });
}

function describeDelete(current: () => Bench): void {
  it('a server can be deleted stopped, starting and running', async () => {
    const bench = current();
    const stopped = await bench.create();
    const starting = await bench.create();
    await bench.provider.startServer(bench.context(), starting.ref);
    const running = await bench.createStarted();
    for (const { ref } of [stopped, starting, running]) {
      await bench.deleteServer(ref);
      await bench.waitGone(ref);
    }
  });

  it('deleting twice, or what is not there, is accepted', async () => {
    const bench = current();
    const server = await bench.create();
    await Promise.all([
      bench.provider.deleteServer(bench.context(), server.ref),
      bench.provider.deleteServer(bench.context(), server.ref),
    ]);
    await bench.waitGone(server.ref);
    await bench.provider.deleteServer(bench.context(), server.ref);
    for (const root of server.volumes) {
      await bench.deleteVolume(root);
      await bench.provider.deleteVolume(bench.context(), root);
    }
    const nothing = { id: 'no-such-thing', zone: bench.zone };
    await bench.provider.deleteServer(bench.context(), nothing);
    await bench.provider.deleteVolume(bench.context(), nothing);
  });

  it('an attached volume cannot be deleted, and can when its server is gone', async () => {
    const bench = current();
    if (!bench.provider.capabilities.volumesOutliveServer) return;
    const server = await bench.create();
    const [root] = server.volumes;
    assert(root);
    await rejects(bench.provider.deleteVolume(bench.context(), root), 'conflict', false);
    await bench.provider.deleteServer(bench.context(), server.ref);
    await bench.waitGone(server.ref);
    await bench.deleteVolume(root);
    const volume = await until(async () => {
      const now = await bench.provider.findVolume(bench.context(), root);
      return now === undefined || now.state === 'gone' ? { now } : undefined;
    });
    if (bench.provider.capabilities.tombstones) assert.ok(volume.now?.billedToMs !== undefined);
  });
}

function describeFailingDelete(current: () => Bench): void {
  it('a delete that is stuck never looks done, and stays billed', async () => {
    const bench = current();
    await bench.harness.setFault('delete_stuck');
    const server = await bench.createStarted();
    await bench.provider.deleteServer(bench.context(), server.ref);
    const now = await bench.provider.findServer(bench.context(), server.ref);
    assert.equal(now?.state, 'stopping');
    assert.equal(now?.billedToMs, undefined);
    await bench.harness.clearFaults();
    await bench.waitGone(server.ref);
  });

  it('a delete whose answer is an error may have happened', async () => {
    const bench = current();
    const server = await bench.create();
    await bench.harness.setFault('delete_fails_after');
    await rejects(bench.provider.deleteServer(bench.context(), server.ref), 'retryable', true);
    await bench.harness.clearFaults();
    await bench.provider.deleteServer(bench.context(), server.ref);
    await bench.waitGone(server.ref);
  });
}

function describeErrors(current: () => Bench): void {
  it('no stock and no quota are certain refusals and told apart', async () => {
    const bench = current();
    for (const [fault, kind] of [
      ['create_out_of_stock', 'stock_out'],
      ['create_over_quota', 'quota'],
    ] as const) {
      await bench.harness.setFault(fault);
      const error = await rejects(bench.create(), kind, false);
      assert.equal(error.isDefiniteRefusal, true);
      assert.deepEqual(await bench.owned(), []);
    }
  });

  it('being throttled is told with the delay that the provider asks for, where it does', async () => {
    const bench = current();
    await bench.harness.setFault('throttled');
    const bare = await rejects(bench.create(), 'throttled', false);
    assert.equal(bare.facts.retryAfterMs, undefined);
    await bench.harness.setFault('throttled_for_7_s');
    const told = await rejects(bench.owned(), 'throttled', false);
    assert.equal(told.facts.retryAfterMs, 7_000);
  });

  it('a read that fails is never an absence and never has an effect', async () => {
    const bench = current();
    const server = await bench.create();
    for (const fault of ['read_fails', 'read_garbage'] as const) {
      await bench.harness.setFault(fault);
      await rejects(bench.provider.findServer(bench.context(), server.ref), undefined, false);
      await rejects(bench.owned(), undefined, false);
      await bench.harness.clearFaults();
    }
  });

  it('a truncated answer to a mutation leaves its outcome unknown', async () => {
    const bench = current();
    await bench.harness.setFault('create_reply_cut');
    await rejects(bench.create(), 'unknown', true);
  });
}

function describeSilence(current: () => Bench): void {
  it('the deadline ends a call within its time, with an unknown outcome', async () => {
    const bench = current();
    await bench.harness.setFault('create_reply_hangs');
    const startedAt = env.clock.monotonic();
    await rejects(bench.provider.createServer(bench.context(200), bench.order()), 'retryable', true);
    assert.ok(env.clock.monotonic() - startedAt < 20_000);
  });

  it('a call that is over before it begins is not sent', async () => {
    const bench = current();
    const context = { signal: AbortSignal.abort(new Error('too late')), correlationId: 'cor_late' };
    await rejects(bench.provider.createServer(context, bench.order()), 'retryable', false);
    assert.deepEqual(await bench.owned(), []);
  });

  it('a provider that cannot be reached did nothing', async () => {
    const bench = current();
    const { unreachable } = bench.harness;
    await rejects(unreachable.createServer(bench.context(), bench.order()), 'retryable', false);
  });

  it('a wrong credential is an auth error that does not show the credential', async () => {
    const bench = current();
    const { intruder } = bench.harness;
    const error = await rejects(intruder.createServer(bench.context(), bench.order()), 'auth', false);
    assert.ok(!JSON.stringify([error.message, error.facts, error.stack]).includes('wrong-secret'));
  });
}

function describeOffers(current: () => Bench): void {
  it('offers cover every zone, and a price is exact or null', async () => {
    const bench = current();
    const offers = await bench.provider.listOffers(bench.context());
    assert.deepEqual(
      [...new Set(offers.map((offer) => offer.zone))].toSorted(),
      [...bench.harness.zones].toSorted(),
    );
    assert.ok(offers.some((offer) => offer.type === bench.harness.type && offer.gpuCount > 0));
    for (const { price } of offers) {
      if (price) assert.ok(Number.isSafeInteger(price.nanosPerHour) && price.nanosPerHour > 0);
    }
  });
}
