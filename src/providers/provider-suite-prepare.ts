import assert from 'node:assert/strict';
import { type Bench, rejects } from './provider-bench.ts';
import { it } from './provider-suite-case.ts';

/** What an adapter must do whose servers are made whole after their create. */
export const PREPARE_SECTIONS: readonly ((current: () => Bench) => void)[] = [describeBareServer];

function describeBareServer(current: () => Bench): void {
  it('a server that was left bare by a crash is listed with its volumes, and leaves nothing behind', async () => {
    const bench = current();
    if (!bench.provider.prepareServer) return;
    const order = bench.order();
    const server = await bench.provider.createServer(bench.context(), order);
    const [root] = server.volumes;
    assert(root);
    const owned = await bench.owned();
    assert.deepEqual(new Set(owned.map(({ ref }) => ref.id)), new Set([server.ref.id, root.id]));
    assert.equal(owned.length, 2);
    assert.ok(owned.every(({ owner }) => owner?.attempt === order.owner.attempt));
    await bench.deleteServer(server.ref);
    await bench.waitGone(server.ref);
    const left = (await bench.owned()).map(({ kind, ref }) => `${kind} ${ref.id}`);
    assert.deepEqual(left, [`volume ${root.id}`], 'the mark is put on before the server goes');
    await bench.deleteVolume(root);
  });

  it('making a server whole can be repeated, and ends where it was', async () => {
    const bench = current();
    const { provider } = bench;
    if (!provider.prepareServer) return;
    const order = bench.order({ userData: '#!/bin/sh\n' });
    const server = await bench.make(order);
    const before = await bench.owned();
    await provider.prepareServer(bench.context(), server.ref, order);
    assert.deepEqual(await bench.owned(), before);
    assert.equal((await bench.harness.readUserData(server.ref)).toString(), '#!/bin/sh\n');
    const gone = { id: 'no-such-thing', zone: bench.zone };
    await rejects(provider.prepareServer(bench.context(), gone, order), 'not_found', false);
  });
}
