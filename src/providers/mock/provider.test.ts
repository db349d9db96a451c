import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Secret } from '#kernel/secret.ts';
import { ProviderError } from '#providers/provider.ts';
import { MockProvider } from './provider.ts';

/** Answers that no cloud of ours gives: the adapter is alone with a server that says what the test wants. */
type Reply = (url: URL) => { status?: number; body: unknown };

const context = () => ({ signal: AbortSignal.timeout(5_000), correlationId: 'cor_test' });
const ref = { id: 'srv-1', zone: 'z' };

function row(id: string, changes: Record<string, unknown> = {}) {
  const tags = ['inv_installation=i', 'inv_instance=inst_1', 'inv_attempt=att_1', 'inv_expires=5'];
  return { id, zone: 'z', type: 'T', state: 'running', tags, created_at_ms: 1, size_bytes: 1, ...changes };
}

describe('mock provider', { timeout: 20_000 }, () => {
  let server: Server;
  let provider: MockProvider;
  let reply: Reply;
  const seen: URL[] = [];
  before(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      seen.push(url);
      const { status = 200, body } = reply(url);
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    provider = new MockProvider({
      baseUrl,
      token: new Secret('t'),
      clock: { now: () => 0, monotonic: () => 0 },
    });
  });
  after(async () => {
    await provider.close();
    server.close();
  });
  const shows = (server: unknown) => {
    reply = () => ({ body: { server } });
    return provider.findServer(context(), ref);
  };

  it('a state it has never heard of is unknown, and kept as it was said', async () => {
    const found = await shows(row('srv-1', { state: 'hibernating', state_detail: 'deep' }));
    assert.deepEqual([found?.state, found?.rawState], ['unknown', 'hibernating (deep)']);
  });

  it('fields it does not need may be missing or null', async () => {
    const found = await shows({
      id: 'a',
      zone: 'z',
      type: 'T',
      state: 'stopped',
      created_at_ms: 1,
      volumes: null,
    });
    assert.deepEqual(found?.volumes, []);
    assert.deepEqual([found?.owner, found?.address, found?.billedToMs], [undefined, undefined, undefined]);
  });

  it('half an owner is none', async () => {
    for (const tags of [
      ['inv_installation=i', 'inv_instance=x', 'inv_attempt=a'],
      ['inv_installation=i', 'inv_instance=x', 'inv_attempt=a', 'inv_expires=soon'],
      ['xinv_installation=i', 'inv_instance=x', 'inv_attempt=a', 'inv_expires=1'],
    ]) {
      assert.equal((await shows(row('srv-1', { tags })))?.owner, undefined);
    }
    assert.equal((await shows(row('srv-1')))?.owner?.expiresAtMs, 5);
  });

  it('an answer without what costs money is refused as unreadable', async () => {
    await assert.rejects(shows({ zone: 'z', type: 'T', state: 'running' }), ProviderError);
    await assert.rejects(shows({ ...row('srv-1'), created_at_ms: 'yesterday' }), ProviderError);
  });

  it('a 404 that the cloud did not write itself is not an absence', async () => {
    reply = () => ({ status: 404, body: '<h1>no route to host</h1>' });
    await assert.rejects(provider.findServer(context(), ref), ProviderError);
    await assert.rejects(provider.deleteServer(context(), ref), ProviderError);
  });

  it('a price that is missing in any part is null, and its currency is kept', async () => {
    const offer = {
      ...{
        zone: 'z',
        type: 'T',
        gpu_count: 1,
        gpu_kind: 'L4',
        vram_bytes_per_gpu: 1,
        vcpus: 1,
        memory_bytes: 1,
      },
      ...{ nanos_per_hour: 5, currency: 'USD', as_of: '2026-11-01', availability: 'plenty' },
    };
    reply = () => ({
      body: { offers: [offer, { ...offer, nanos_per_hour: null }, { ...offer, currency: null }] },
    });
    const offers = await provider.listOffers(context());
    assert.deepEqual(
      offers.map((one) => one.price),
      [{ nanosPerHour: 5, currency: 'USD', asOf: '2026-11-01' }, null, null],
    );
    assert.equal(offers[0]?.availability, 'unknown');
  });

  it('a row that vanishes between two pages hides no other row', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `srv-${index}`);
    const gone = new Set<string>();
    reply = (url) => {
      const name = url.pathname.split('/').at(-1) ?? '';
      if (name !== 'servers') return { body: { [name]: [], total_count: 0 } };
      const withGone = url.searchParams.get('include_gone') === 'true';
      const rows = ids
        .filter((id) => withGone || !gone.has(id))
        .map((id) => row(id, gone.has(id) ? { state: 'gone' } : {}));
      const page = Number(url.searchParams.get('page'));
      const body = { servers: rows.slice((page - 1) * 100, page * 100), total_count: rows.length };
      // One of this page's rows is deleted, and a new one comes, before the next page is asked for.
      gone.add(`srv-${page}`);
      ids.push(`srv-new-${ids.length}`);
      return { body };
    };
    const owned = await provider.listOwned(context(), 'i', ['z']);
    const found = new Set(owned.map((resource) => resource.ref.id));
    for (let index = 10; index < 150; index++) assert.ok(found.has(`srv-${index}`), `srv-${index}`);
  });

  it('an answer without end is cut off', async () => {
    reply = () => ({ body: 'x'.repeat(17_000_000) });
    await assert.rejects(provider.findServer(context(), ref), /no answer/);
  });

  it('ids are taken as text, never as part of a path', async () => {
    reply = () => ({ body: { server: row('srv-1') } });
    await provider.findServer(context(), { id: '../bill?x=1', zone: 'z' });
    assert.equal(seen.at(-1)?.pathname, '/v1/servers/..%2Fbill%3Fx%3D1');
  });
});
