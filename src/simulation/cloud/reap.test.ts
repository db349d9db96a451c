import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { MockProvider } from '#providers/mock/provider.ts';
import type { OwnedResource, ResourceKind } from '#providers/provider.ts';
import { type ReapOrder, ReapRefused, reap } from '#providers/reap.ts';
import type { Bill } from './bill.ts';
import { anOrder, TEST_TOKEN, TestCloud, until } from './test-cloud.ts';
import { CloudProcess, env } from './test-cloud-process.ts';

const HOUR_MS = 3_600_000;
const KINDS: Record<ResourceKind, string> = {
  server: 'servers',
  volume: 'volumes',
  address: 'addresses',
  key: 'keys',
  security_group: 'security_groups',
};
type Call = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ status: number; body: Record<string, unknown> }>;

function tags(installation: string, expires: string | number, instance = 'inst_1'): string[] {
  return [
    `inv_installation=${installation}`,
    `inv_instance=${instance}`,
    'inv_attempt=att_1',
    `inv_expires=${expires}`,
  ];
}

const past = () => env.clock.now() - HOUR_MS;
const future = () => env.clock.now() + 48 * HOUR_MS;

/** A server with one of each kind of part; gives all ids. */
async function rent(
  call: Call,
  own: string[],
  { zone = 'mock-a', isStarted = true } = {},
): Promise<string[]> {
  const ordered = async (kind: ResourceKind, more: Record<string, unknown> = {}) => {
    const order = kind === 'server' ? anOrder({ zone, tags: own }) : { zone, name: 'x', tags: own };
    const { status, body } = await call('POST', `/v1/${KINDS[kind]}`, { ...order, ...more });
    assert.equal(status, 201, `${kind} ${JSON.stringify(body)}`);
    return body[kind] as { id: string; volumes?: { id: string }[] };
  };
  const address = await ordered('address');
  const group = await ordered('security_group');
  const key = await ordered('key', { public_key: `ssh-ed25519 ${'A'.repeat(64)}` });
  const volume = await ordered('volume', { size_bytes: 5_000_000_000 });
  const server = await ordered('server', {
    address_id: address.id,
    key_ids: [key.id],
    security_group_ids: [group.id],
    volume_ids: [volume.id],
  });
  if (isStarted) await call('POST', `/v1/servers/${server.id}/start`);
  const volumes = (server.volumes ?? []).map(({ id }) => id);
  return [server.id, ...volumes, address.id, group.id, key.id];
}

function sorted(ids: Iterable<string>): string[] {
  return [...ids].sort((a, b) => (a < b ? -1 : 1));
}

async function living(call: Call): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const path of Object.values(KINDS)) {
    const { body } = await call('GET', `/v1/${path}?per_page=100`);
    for (const { id } of body[path] as { id: string }[]) ids.add(id);
  }
  return ids;
}

describe('reap', { timeout: 170_000 }, () => {
  let cloud: TestCloud;
  let provider: MockProvider;
  before(async () => {
    cloud = await TestCloud.start();
    provider = new MockProvider({ baseUrl: cloud.url, token: TEST_TOKEN, clock: env.clock });
  });
  after(async () => {
    await provider.close();
    await cloud.close();
  });
  const call: Call = (...words) => cloud.call(...words);
  afterEach(async () => {
    await cloud.setFaults();
    for (const path of Object.values(KINDS)) {
      for (const { id } of (await call('GET', `/v1/${path}?per_page=100`)).body[path] as { id: string }[]) {
        await call('DELETE', `/v1/${path}/${id}`);
      }
    }
    assert.equal((await living(call)).size, 0);
  });
  const order = (changes: Partial<ReapOrder> = {}): ReapOrder => ({
    installation: 'one',
    zones: undefined,
    isDeleting: true,
    limitMs: 90_000,
    callTimeoutMs: 5_000,
    ...changes,
  });
  const ids = (resources: readonly OwnedResource[]) => sorted(resources.map(({ ref }) => ref.id));

  it('deletes all that has expired, in every zone, and nothing that lives, is foreign or cannot be read', async () => {
    const expired = [
      ...(await rent(call, tags('one', past()))),
      ...(await rent(call, tags('one', past(), 'inst_2'), { zone: 'mock-b', isStarted: false })),
    ];
    const kept = [
      ...(await rent(call, tags('one', future(), 'inst_3'))),
      ...(await rent(call, tags('other', past()))),
      ...(await rent(call, ['customer=acme', 'inv_expires=1'])),
      ...(await rent(call, ['customer=acme'])),
      ...(await rent(call, tags('one', 'soon'))),
      ...(await rent(call, tags('one', Math.round(past() / 1_000)))),
    ];
    const shown = await reap(env, provider, order({ isDeleting: false }));
    assert.deepEqual(ids(shown.findings.filter(({ verdict }) => verdict === 'expired')), sorted(expired));
    assert.equal((await living(call)).size, expired.length + kept.length, 'a look deletes nothing');
    const report = await reap(env, provider, order());
    assert.deepEqual(ids(report.deleted), sorted(expired));
    assert.deepEqual(report.left, []);
    assert.deepEqual(sorted(await living(call)), sorted(kept));
    const { intervals } = (await call('GET', '/v1/bill')).body as unknown as Bill;
    for (const line of intervals) assert.equal(line.to_ms === null, kept.includes(line.id), line.id);
    assert.deepEqual((await reap(env, provider, order())).deleted, []);
  });

  it('without an installation it looks at all of them', async () => {
    const expired = [
      ...(await rent(call, tags('one', past()))),
      ...(await rent(call, tags('other', past()))),
    ];
    const garbage = await rent(call, ['inv_expires=1']);
    await rent(call, ['customer=acme']);
    const report = await reap(env, provider, order({ installation: undefined }));
    assert.deepEqual(ids(report.deleted), sorted(expired));
    const unreadable = report.findings.filter(({ verdict }) => verdict === 'unreadable');
    assert.deepEqual(ids(unreadable), sorted(garbage));
  });

  it('gets there through lost replies, errors, throttling and late deletes', async () => {
    const expired = await rent(call, tags('one', past()));
    await cloud.setFaults(
      { kind: 'lost_reply', operation: '*.delete', count: 2 },
      { kind: 'error_after', operation: '*.delete', count: 1 },
      { kind: 'error_before', operation: '*.get', count: 2, status: 502 },
      { kind: 'throttle', operation: '*.list', count: 2, retry_after_s: 0 },
      { kind: 'garbage', operation: '*.get', count: 1 },
      { kind: 'late_delete', delay_ms: 200, count: 2 },
    );
    const report = await reap(env, provider, order());
    assert.deepEqual([ids(report.deleted), report.left], [sorted(expired), []]);
  });

  it('a delete that is stuck is told as not gone, and ends when it is no longer', async () => {
    const expired = await rent(call, tags('one', past()));
    await cloud.setFaults({ id: 's', kind: 'stuck_delete' });
    const stuck = await reap(env, provider, order({ limitMs: 300 }));
    assert.equal(stuck.deleted.length, 0);
    assert.deepEqual(ids(stuck.left.map(({ resource }) => resource)), sorted(expired));
    assert.equal((await living(call)).size, expired.length);
    const ending = reap(env, provider, order());
    await cloud.until(async () => (await cloud.server(expired[0] ?? '')).state === 'stopping');
    await cloud.setFaults();
    assert.deepEqual(ids((await ending).deleted), sorted(expired));
  });

  it('refuses to do anything on a list that is not complete', async () => {
    const expired = await rent(call, tags('one', past()));
    for (const fault of [
      { kind: 'truncated_list', mode: 'short', operation: 'key.list' },
      { kind: 'error_before', operation: '*.list', zone: 'mock-b', status: 503 },
      { kind: 'garbage', operation: 'address.list' },
      { kind: 'error_before', operation: 'offer.list' },
    ]) {
      await cloud.setFaults(fault);
      await assert.rejects(reap(env, provider, order()), ReapRefused);
    }
    await cloud.setFaults();
    assert.equal((await living(call)).size, expired.length);
  });

  it('spares what is renewed between the list and the delete', async () => {
    const mine = await rent(call, tags('one', past()), { isStarted: false });
    const [server = ''] = mine;
    const listOwned = provider.listOwned.bind(provider);
    provider.listOwned = async (...words) => {
      const listed = await listOwned(...words);
      for (const { kind, ref } of listed) await provider.renewExpiry(words[0], kind, ref, future());
      return listed;
    };
    try {
      const report = await reap(env, provider, order());
      assert.deepEqual([report.deleted, report.left], [[], []]);
    } finally {
      provider.listOwned = listOwned;
    }
    assert.equal((await cloud.server(server)).state, 'stopped');
  });

  it('leaves alone what a server that lives uses, though nobody renewed it', async () => {
    const live = await rent(call, tags('one', future()));
    for (const [kind, path] of Object.entries(KINDS)) {
      if (kind === 'server') continue;
      for (const { id } of (await call('GET', `/v1/${path}`)).body[path] as { id: string }[]) {
        await call('PUT', `/v1/${path}/${id}/tags`, { tags: tags('one', past()) });
      }
    }
    const report = await reap(env, provider, order());
    assert.deepEqual([report.deleted.length, report.left], [0, []]);
    assert.deepEqual(sorted(await living(call)), sorted(live));
  });
});

describe('inventiv reap', { timeout: 170_000 }, () => {
  it('shows, deletes when it is told to, says by its exit code how that went, and can be killed at any time', async () => {
    const cloud = await CloudProcess.make();
    const nobody = await cloud.inventiv('reap');
    assert.equal(nobody.code, 1);
    assert.match(nobody.output, /^inventiv: nothing was deleted, because mock did not give the zones/);
    await cloud.start();
    const call: Call = (...words) => cloud.call(...words);
    assert.equal((await cloud.inventiv('reap')).code, 0);
    const expired = await rent(call, tags('one', past()));
    const live = await rent(call, tags('one', future(), 'inst_2'));
    const shown = await cloud.inventiv('reap');
    assert.equal(shown.code, 2);
    for (const id of expired) assert.ok(shown.output.includes(id), id);
    for (const id of live) assert.ok(!shown.output.includes(id), id);
    assert.match(shown.output, /nothing was deleted: add --delete\n$/);
    for (const [words, reason] of [
      [['--delete'], /--delete needs --installation ID, or --all/],
      [['--delete', '--all', '--installation', 'one'], /contradict each other/],
      [['--delte'], /Unknown option '--delte'.*inventiv reap \[--delete\]/],
      [['--wait-minutes', 'soon'], /--wait-minutes must be a whole number/],
      [['--provider', 'elsewhere'], /--provider names none of mock/],
    ] as const) {
      const refused = await cloud.inventiv('reap', ...words);
      assert.equal(refused.code, 1);
      assert.match(refused.output, reason);
    }
    assert.equal((await living(call)).size, expired.length + live.length);

    await call('PUT', '/v1/faults', { faults: [{ kind: 'stuck_delete' }] });
    const stuck = await cloud.inventiv('reap', '--delete', '--installation', 'one', '--wait-minutes', '0');
    assert.equal(stuck.code, 3);
    assert.match(stuck.output, /not gone in time: 6; run it again/);
    const looks = async () => {
      const { body } = await call('GET', '/v1/log?operation=server.get');
      return (body['calls'] as unknown[]).length;
    };
    const before = await looks();
    const killed = cloud.spawn(['reap', '--delete', '--all'], { program: 'inventiv.ts' });
    await until(env, async () => (await looks()) > before + 1);
    killed.kill('SIGKILL');
    await call('DELETE', '/v1/faults');
    const ended = await cloud.inventiv('reap', '--delete', '--installation', 'one', '--json');
    assert.equal(ended.code, 0, ended.output);
    assert.deepEqual(sorted(await living(call)), sorted(live));
    await cloud.end('SIGTERM');
  });
});
