import assert from 'node:assert/strict';
import type { Part, PartRef, ResourceKind, ResourceRef } from './provider.ts';
import { type Bench, env, rejects, until } from './provider-bench.ts';
import { it } from './provider-suite-case.ts';

/** What an adapter must do with what stands beside a server, for each kind that its capabilities name. */
export const PART_SECTIONS: readonly ((current: () => Bench) => void)[] = [
  describeCreate,
  describeInterruption,
  describeDelete,
  describeUse,
  describeUnusable,
  describeList,
  describeRenewal,
];

const IN_USE_KINDS = ['address', 'security_group', 'volume'];

function describeCreate(current: () => Bench): void {
  it('a part is there with its owner, used by nobody', async () => {
    const bench = current();
    for (const kind of bench.provider.capabilities.parts) {
      const order = bench.partOrder(kind);
      const part = await bench.provider.createPart(bench.context(), order);
      assert.deepEqual(
        [part.kind, part.state, part.ref.zone, part.attachedTo],
        [kind, 'present', order.zone, undefined],
      );
      assert.deepEqual(part.owner, order.owner);
      assert.equal(part.sizeBytes, order.sizeBytes, kind);
      if (kind === 'address') assert.match(part.address ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      if (part.nanosPerHour !== undefined) assert.ok(part.billedFromMs !== undefined, kind);
      assert.equal(part.billedToMs, undefined);
      assert.deepEqual(await bench.provider.findPart(bench.context(), kind, part.ref), part);
    }
  });

  it('the same part ordered twice, and many times at once, is one', async () => {
    const bench = current();
    for (const kind of bench.provider.capabilities.parts) {
      const order = bench.partOrder(kind);
      const parts = [await bench.createPartOnce(order)];
      if (bench.knowsTokens) {
        const make = () => bench.provider.createPart(bench.context(), order);
        parts.push(...(await Promise.all(Array.from({ length: 8 }, make))));
        const other = { ...order, name: 'another' };
        await rejects(bench.provider.createPart(bench.context(), other), 'conflict', false);
      }
      parts.push(await bench.createPartOnce(order));
      assert.equal(new Set(parts.map((part) => part.ref.id)).size, 1, kind);
      assert.equal((await bench.owned()).filter((one) => one.kind === kind).length, 1);
    }
  });

  it('a part that cannot be had is refused for certain, and nothing is left of it', async () => {
    const bench = current();
    for (const kind of bench.provider.capabilities.parts) {
      for (const [fault, refusal] of [
        ['create_out_of_stock', 'stock_out'],
        ['create_over_quota', 'quota'],
      ] as const) {
        await bench.harness.setFault(fault);
        const error = await rejects(bench.createPart(kind), refusal, false);
        assert.equal(error.isDefiniteRefusal, true);
      }
      await bench.harness.clearFaults();
      const elsewhere = { ...bench.partOrder(kind), zone: 'no-such-zone' };
      await rejects(bench.provider.createPart(bench.context(), elsewhere), ['invalid', 'not_found'], false);
      assert.deepEqual(await bench.owned(), []);
    }
  });
}

function describeInterruption(current: () => Bench): void {
  it('a part whose order was interrupted is found by its attempt and adopted by repeating it', async () => {
    const bench = current();
    for (const kind of bench.provider.capabilities.parts) {
      for (const fault of ['create_fails_after', 'create_reply_lost', 'create_reply_garbage'] as const) {
        const order = bench.partOrder(kind);
        await bench.harness.setFault(fault);
        await rejects(bench.provider.createPart(bench.context(), order), undefined, true);
        await bench.harness.clearFaults();
        const { attempt } = order.owner;
        const find = bench.provider.findPartsByAttempt(bench.context(), kind, order.zone, attempt);
        const found = await find;
        assert.equal(found.length, 1, `${kind} after ${fault}`);
        const adopted = await bench.createPartOnce(order);
        assert.equal(adopted.ref.id, found[0]?.ref.id);
      }
    }
  });

  it('a part whose order failed before its effect is not there, but that is not claimed', async () => {
    const bench = current();
    for (const kind of bench.provider.capabilities.parts) {
      const order = bench.partOrder(kind);
      await bench.harness.setFault('create_fails_before');
      await rejects(bench.provider.createPart(bench.context(), order), 'retryable', true);
      await bench.harness.clearFaults();
      const { attempt } = order.owner;
      const found = await bench.provider.findPartsByAttempt(bench.context(), kind, order.zone, attempt);
      assert.deepEqual(found, []);
    }
  });

  it('a part may be invisible at first, for no longer than the window that the adapter tells', async () => {
    const bench = current();
    await bench.harness.setFault('create_invisible');
    const startedAt = env.clock.monotonic();
    const looks: (() => Promise<Part | undefined>)[] = [];
    for (const kind of bench.provider.capabilities.parts) {
      const part = await bench.createPart(kind);
      const look = () => bench.provider.findPart(bench.context(), kind, part.ref);
      assert.equal(await look(), undefined, kind);
      looks.push(look);
    }
    for (const look of looks) await until(look);
    const tookMs = env.clock.monotonic() - startedAt;
    assert.ok(tookMs <= bench.provider.capabilities.visibilityWindowMs, `${tookMs} ms`);
  });
}

function describeDelete(current: () => Bench): void {
  it('a part can be deleted twice, and what is not there as well', async () => {
    const bench = current();
    for (const part of await bench.createParts()) {
      const { kind, ref } = part;
      await Promise.all([
        bench.provider.deletePart(bench.context(), kind, ref),
        bench.provider.deletePart(bench.context(), kind, ref),
      ]);
      const gone = await bench.waitPartGone(part);
      if (bench.provider.capabilities.tombstones) {
        assert.equal(gone?.billedToMs === undefined, part.billedFromMs === undefined, kind);
      }
      await bench.provider.deletePart(bench.context(), kind, ref);
      const nothing = { id: 'no-such-thing', zone: bench.zone };
      await bench.provider.deletePart(bench.context(), kind, nothing);
      assert.equal(await bench.provider.findPart(bench.context(), kind, nothing), undefined);
    }
    assert.deepEqual(await bench.owned(), []);
  });

  it('a part whose delete is stuck never looks gone, and stays billed', async () => {
    const bench = current();
    const parts = await bench.createParts();
    await bench.harness.setFault('delete_stuck');
    for (const { kind, ref } of parts) {
      await bench.provider.deletePart(bench.context(), kind, ref);
      const now = await bench.provider.findPart(bench.context(), kind, ref);
      assert.deepEqual([now?.state, now?.billedToMs], ['present', undefined], kind);
    }
    assert.equal((await bench.owned()).length, parts.length);
    await bench.harness.clearFaults();
    for (const part of parts) await bench.waitPartGone(part);
  });

  it('a delete of a part whose answer is an error may have happened', async () => {
    const bench = current();
    for (const part of await bench.createParts()) {
      await bench.harness.setFault('delete_fails_after');
      await rejects(bench.provider.deletePart(bench.context(), part.kind, part.ref), 'retryable', true);
      await bench.harness.clearFaults();
      await bench.provider.deletePart(bench.context(), part.kind, part.ref);
      await bench.waitPartGone(part);
    }
  });
}

function describeUse(current: () => Bench): void {
  it('a server is made with its parts, has the reserved address, and they are in use until it is gone', async () => {
    const bench = current();
    const parts = await bench.createParts();
    if (parts.length === 0) return;
    const server = await bench.createStarted({ parts: refsOf(parts) });
    const reserved = parts.find((part) => part.kind === 'address')?.address;
    if (reserved !== undefined) assert.equal(server.address, reserved);
    for (const { kind, ref } of parts) {
      const now = await bench.provider.findPart(bench.context(), kind, ref);
      if (!IN_USE_KINDS.includes(kind)) continue;
      assert.equal(now?.attachedTo, server.ref.id, kind);
      await rejects(bench.provider.deletePart(bench.context(), kind, ref), 'conflict', false);
      if (kind === 'volume') assert.ok(server.volumes.some((volume) => volume.id === ref.id));
    }
    const listed = await bench.owned();
    const usable = parts.filter((part) => IN_USE_KINDS.includes(part.kind));
    for (const { ref } of usable) {
      assert.equal(listed.find((one) => one.ref.id === ref.id)?.attachedTo, server.ref.id);
    }
    await bench.harness.setFault('delete_stuck');
    await bench.provider.deleteServer(bench.context(), server.ref);
    for (const { kind, ref } of usable) {
      await rejects(bench.provider.deletePart(bench.context(), kind, ref), 'conflict', false);
    }
    await bench.harness.clearFaults();
    await bench.waitGone(server.ref);
    for (const part of parts) {
      const [now] = await bench.waitFree([part]);
      assert.equal(now?.state, 'present', part.kind);
      await bench.deletePart(part);
      await bench.waitPartGone(part);
    }
  });

  it('the next server takes over the parts of one that is gone, with the same address', async () => {
    const bench = current();
    const parts = await bench.createParts();
    if (parts.length === 0) return;
    const first = await bench.createStarted({ parts: refsOf(parts) });
    await bench.deleteServer(first.ref);
    await bench.waitGone(first.ref);
    await bench.waitFree(parts);
    const second = await bench.createStarted({ parts: refsOf(parts) });
    if (parts.some((part) => part.kind === 'address')) assert.equal(second.address, first.address);
    const plain = await bench.createStarted();
    assert.notEqual(plain.address, second.address);
  });
}

function describeUnusable(current: () => Bench): void {
  it('an order with parts repeated is one server, and with other parts a conflict', async () => {
    const bench = current();
    const parts = await bench.createParts();
    if (parts.length === 0) return;
    const order = bench.order({ parts: refsOf(parts) });
    if (!bench.knowsTokens) return;
    const servers = await Promise.all(
      Array.from({ length: 4 }, () => bench.provider.createServer(bench.context(), order)),
    );
    assert.equal(new Set(servers.map((server) => server.ref.id)).size, 1);
    const without = { ...order, parts: [] };
    await rejects(bench.provider.createServer(bench.context(), without), 'conflict', false);
  });

  it('a part that is in use, gone or elsewhere makes no server', async () => {
    const bench = current();
    const [, second] = bench.harness.zones;
    for (const kind of bench.provider.capabilities.parts) {
      const part = await bench.createPart(kind);
      const withPart = { parts: refsOf([part]) };
      if (second) await rejects(bench.create({ ...withPart, zone: second }), ['invalid', 'not_found'], false);
      if (kind === 'address' || kind === 'volume') {
        const user = await bench.create(withPart);
        await rejects(bench.create(withPart), 'conflict', false);
        await bench.deleteServer(user.ref);
        await bench.waitGone(user.ref);
      }
      await bench.deletePart(part);
      await bench.waitPartGone(part);
      await rejects(bench.create(withPart), ['invalid', 'not_found'], false);
    }
    assert.ok((await bench.owned()).every((one) => one.kind !== 'server'));
  });
}

function describeList(current: () => Bench): void {
  it('parts are listed once each over the edges of pages, with servers beside them', async () => {
    const bench = current();
    const kinds = bench.provider.capabilities.parts;
    const count = bench.harness.pageSize + 1;
    for (const kind of kinds.filter((one) => one !== 'volume')) {
      for (let made = 0; made < count; made += 20) {
        const some = Math.min(20, count - made);
        await Promise.all(Array.from({ length: some }, () => bench.createPart(kind)));
      }
    }
    await bench.create();
    const owned = await bench.owned();
    for (const kind of kinds.filter((one) => one !== 'volume')) {
      const ids = owned.filter((one) => one.kind === kind).map((one) => one.ref.id);
      assert.deepEqual([ids.length, new Set(ids).size], [count, count], kind);
    }
    assert.equal(owned.filter((one) => one.kind === 'server').length, 1);
  });

  it('a list in which one zone fails is no list', async () => {
    const bench = current();
    if (bench.harness.zones.length < 2) return;
    await bench.createParts();
    await bench.harness.setFault('second_zone_fails');
    await rejects(bench.owned(), undefined, false);
    await bench.harness.clearFaults();
  });

  it('without an installation everything with a tag of ours is listed', async () => {
    const bench = current();
    const parts = await bench.createParts();
    const server = await bench.create({}, { installation: `${bench.installation}-other` });
    const all = await bench.provider.listOwned(bench.context(), undefined, bench.harness.zones);
    const ids = new Set(all.map((one) => one.ref.id));
    for (const { ref } of [...parts, server]) assert.ok(ids.has(ref.id));
    await bench.deleteServer(server.ref);
    await bench.waitGone(server.ref);
    for (const ref of server.volumes) await bench.deleteVolume(ref);
  });
}

function describeRenewal(current: () => Bench): void {
  const LATER_MS = 1_950_000_000_000;

  it('a renewed expiry changes nothing else, and the resource is still found and recognised', async () => {
    const bench = current();
    const order = bench.order();
    const server = await bench.make(order);
    const things: { kind: ResourceKind; ref: ResourceRef }[] = [
      { kind: 'server', ref: server.ref },
      ...server.volumes.map((ref) => ({ kind: 'volume' as const, ref })),
      ...(await bench.createParts()),
    ];
    const before = await bench.owned();
    for (const { kind, ref } of things) {
      await bench.provider.renewExpiry(bench.context(), kind, ref, LATER_MS);
    }
    const byId = (owned: typeof before) => owned.toSorted((a, b) => (a.ref.id < b.ref.id ? -1 : 1));
    const renewed = before.map((one) => ({
      ...one,
      owner: one.owner && { ...one.owner, expiresAtMs: LATER_MS },
    }));
    assert.deepEqual(byId(await bench.owned()), byId(renewed));
    assert.equal(before.length, things.length);
    const again = await bench.createOnce(order);
    assert.equal(again.ref.id, server.ref.id);
  });

  it('a renewal whose answer is lost can be repeated, and one of what is gone is refused', async () => {
    const bench = current();
    const server = await bench.create();
    await bench.harness.setFault('renew_reply_lost');
    const renew = () => bench.provider.renewExpiry(bench.context(), 'server', server.ref, LATER_MS);
    await rejects(renew(), 'retryable', true);
    await renew();
    const now = await bench.provider.findServer(bench.context(), server.ref);
    assert.equal(now?.owner?.expiresAtMs, LATER_MS);
    await bench.provider.deleteServer(bench.context(), server.ref);
    await bench.waitGone(server.ref);
    await rejects(renew(), 'not_found', false);
  });
}

function refsOf(parts: readonly Part[]): PartRef[] {
  return parts.map(({ kind, ref }) => ({ kind, ref }));
}
