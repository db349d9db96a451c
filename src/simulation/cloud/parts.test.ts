import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Bill } from './bill.ts';
import { anOrder, TestCloud, until } from './test-cloud.ts';
import { CloudProcess, env } from './test-cloud-process.ts';

const KINDS = {
  volume: { path: 'volumes', order: { size_bytes: 5_000_000_000 } },
  address: { path: 'addresses', order: {} },
  key: { path: 'keys', order: { public_key: `ssh-ed25519 ${'A'.repeat(64)} me@here` } },
  security_group: { path: 'security_groups', order: {} },
} as const;
type Kind = keyof typeof KINDS;

interface Row {
  readonly id: string;
  readonly zone: string;
  readonly state: string;
  readonly address: string | null;
  readonly tags: readonly string[];
  readonly attached_to: string | readonly string[] | null;
  readonly billed_to_ms: number | null;
}

function partOrder(kind: Kind, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    zone: 'mock-a',
    name: 'a part',
    tags: ['inv_installation=test'],
    ...KINDS[kind].order,
    ...changes,
  };
}

describe('parts of the mock cloud', { timeout: 170_000 }, () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.close());
  afterEach(async () => {
    await cloud.setFaults();
    await cloud.call('DELETE', '/v1/settings');
    for (const path of ['servers', ...Object.values(KINDS).map((kind) => kind.path)]) {
      const { body } = await cloud.call('GET', `/v1/${path}?per_page=100`);
      for (const { id } of body[path] as Row[]) await cloud.call('DELETE', `/v1/${path}/${id}`);
    }
    const bill = await readBill();
    assert.ok(bill.intervals.every((line) => line.to_ms !== null, 'nothing is billed any more'));
  });
  const readBill = async () => (await cloud.call('GET', '/v1/bill')).body as unknown as Bill;
  const create = async (kind: Kind, changes: Record<string, unknown> = {}): Promise<Row> => {
    const answer = await cloud.call('POST', `/v1/${KINDS[kind].path}`, partOrder(kind, changes));
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body[kind] as Row;
  };
  const find = async (kind: Kind, id: string): Promise<Row> =>
    (await cloud.call('GET', `/v1/${KINDS[kind].path}/${id}`)).body[kind] as Row;
  const kinds = Object.keys(KINDS) as Kind[];

  it('refuses an order that it does not understand by naming what is wrong', async () => {
    const bad: [Kind, Record<string, unknown>, string][] = [
      ['volume', { size_bytes: 5 }, 'size_bytes'],
      ['volume', { size_bytes: undefined }, 'size_bytes'],
      ['address', { size_bytes: 5_000_000_000 }, 'body'],
      ['key', { public_key: 'two\nlines' }, 'public_key'],
      ['key', { public_key: undefined }, 'public_key'],
      ['security_group', { zone: 'mars' }, 'zone'],
      ['security_group', { tags: ['x'.repeat(300)] }, 'tags.0'],
    ];
    for (const [kind, changes, argument] of bad) {
      const { status, body } = await cloud.call('POST', `/v1/${KINDS[kind].path}`, partOrder(kind, changes));
      assert.equal(status, 400, argument);
      assert.equal((body['details'] as { argument_name: string }[])[0]?.argument_name, argument);
    }
  });

  it('an address and a volume are billed from their order to their end, at the price of the order; the rest is free', async () => {
    const made = new Map<Kind, Row>();
    for (const kind of kinds) made.set(kind, await create(kind, { tags: ['inv_installation=bill'] }));
    await cloud.call('PUT', '/v1/settings', { address_price_per_hour: '9', volume_price_per_gb_hour: '9' });
    const lines = (await readBill()).intervals.filter((line) => line.tags.includes('inv_installation=bill'));
    assert.deepEqual(
      lines
        .map((line) => [line.kind, line.id, line.nanos_per_hour])
        .sort((a, b) => (String(a) < String(b) ? -1 : 1)),
      [
        ['address', made.get('address')?.id, 5_000_000],
        ['volume', made.get('volume')?.id, 5 * 118_000],
      ],
    );
    for (const [kind, { id }] of made) {
      await cloud.call('DELETE', `/v1/${KINDS[kind].path}/${id}`);
      const gone = await find(kind, id);
      assert.equal(gone.state, 'gone');
      const line = (await readBill()).intervals.find((one) => one.id === id);
      assert.equal(line?.to_ms, line && gone.billed_to_ms);
    }
  });

  it('each kind can be out of stock or over quota in one zone, for itself or as a type', async () => {
    for (const kind of kinds) {
      await cloud.setFaults(
        { kind: 'quota', operation: `${kind}.create`, zone: 'mock-b' },
        {
          kind: 'stock_out',
          operation: '*.create',
          zone: 'mock-a',
          type: kind === 'volume' ? 'block' : kind,
        },
      );
      const order = (zone: string) =>
        cloud.call('POST', `/v1/${KINDS[kind].path}`, partOrder(kind, { zone }));
      assert.equal((await order('mock-a')).body['type'], 'out_of_stock');
      assert.equal((await order('mock-b')).body['type'], 'quotas_exceeded');
      const other = kinds.find((one) => one !== kind) ?? 'key';
      await create(other);
    }
  });

  it('what was ordered, reserved and attached is so again after a power cut', async () => {
    const address = await create('address', { client_token: 'token-a' });
    const volume = await create('volume', { client_token: 'token-v' });
    const group = await create('security_group');
    const server = await cloud.createRunning('cat >/dev/null', {
      address_id: address.id,
      volume_ids: [volume.id],
      security_group_ids: [group.id],
    });
    await cloud.setFaults({ id: 'hold', kind: 'stuck_delete', operation: 'key.delete' });
    const key = await create('key');
    await cloud.call('DELETE', `/v1/keys/${key.id}`);
    await cloud.powerCycle();
    assert.equal((await cloud.server(server.id)).address, address.address);
    assert.deepEqual((await find('address', address.id)).attached_to, [server.id]);
    assert.equal((await find('volume', volume.id)).attached_to, server.id);
    assert.equal((await cloud.call('DELETE', `/v1/addresses/${address.id}`)).status, 409);
    assert.equal((await cloud.call('DELETE', `/v1/security_groups/${group.id}`)).status, 409);
    const again = await cloud.call(
      'POST',
      '/v1/addresses',
      partOrder('address', { client_token: 'token-a' }),
    );
    assert.deepEqual([again.status, (again.body['address'] as Row).id], [200, address.id]);
    const other = await cloud.call('POST', '/v1/volumes', partOrder('volume', { client_token: 'token-a' }));
    assert.equal(other.status, 201, 'a token counts within its kind');
    assert.equal((await find('key', key.id)).state, 'deleting');
    await cloud.call('DELETE', '/v1/faults/hold');
    await cloud.until(async () => (await find('key', key.id)).state === 'gone');
  });

  it('a reserved address is given to no other server, also while none uses it', async () => {
    const address = await create('address');
    const servers = await Promise.all(Array.from({ length: 5 }, () => cloud.createRunning('cat >/dev/null')));
    const seen = await Promise.all(servers.map(async ({ id }) => (await cloud.server(id)).address));
    assert.ok(!seen.includes(address.address));
  });

  it('two servers that want one address at the same time: one gets it, the other is refused without a trace', async () => {
    const address = await create('address');
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => cloud.call('POST', '/v1/servers', anOrder({ address_id: address.id }))),
    );
    assert.deepEqual(
      answers.map(({ status }) => status).sort((a, b) => a - b),
      [201, 409, 409, 409],
    );
    const { body } = await cloud.call('GET', '/v1/servers');
    assert.equal((body['servers'] as Row[]).length, 1);
    assert.deepEqual((await cloud.call('POST', '/v1/sync')).body['wiped_disks'], []);
  });

  it('tags are replaced as a whole, and the list finds the new ones only', async () => {
    for (const kind of kinds) {
      const { path } = KINDS[kind];
      const { id } = await create(kind, { tags: [`old=${kind}`] });
      await cloud.call('PUT', `/v1/${path}/${id}/tags`, { tags: [`new=${kind}`] });
      const count = async (tag: string) =>
        (await cloud.call('GET', `/v1/${path}?tag=${encodeURIComponent(tag)}`)).body['total_count'];
      assert.deepEqual([await count(`old=${kind}`), await count(`new=${kind}`)], [0, 1]);
      assert.equal((await cloud.call('PUT', `/v1/${path}/${id}/tags`, { tags: [''] })).status, 400);
      assert.equal((await cloud.call('PUT', `/v1/${path}/nothing/tags`, { tags: [] })).status, 404);
    }
  });

  it('a list lies for every kind as it does for servers', async () => {
    for (const kind of kinds) {
      const { path } = KINDS[kind];
      await create(kind);
      await cloud.setFaults({ kind: 'truncated_list', mode: 'silent', operation: `${kind}.list` });
      assert.equal((await cloud.call('GET', `/v1/${path}`)).body['total_count'], 0);
      await cloud.setFaults({ kind: 'late_visibility', operation: `${kind}.create`, delay_ms: 60_000 });
      const { id } = await create(kind);
      assert.equal((await cloud.call('GET', `/v1/${path}/${id}`)).status, 404);
      await cloud.setFaults();
      assert.equal(
        (await cloud.call('DELETE', `/v1/${path}/${id}`)).status,
        202,
        'living is not being readable',
      );
    }
  });

  it('a cloud may give another type than was ordered, and bills what it gave', async () => {
    await cloud.setFaults({ kind: 'substitution', gives: 'MOCK-H100-1', type: 'MOCK-L4-1', count: 1 });
    const server = await cloud.create({ client_token: 'swap' });
    assert.deepEqual([server.type, server.nanos_per_hour], ['MOCK-H100-1', 2_730_000_000]);
    assert.equal((await cloud.create({ client_token: 'swap' })).id, server.id);
    assert.equal((await cloud.create()).type, 'MOCK-L4-1');
  });
});

describe('parts of the mock cloud process', { timeout: 170_000 }, () => {
  it('killed at any instant, what was acknowledged is there, billed once, and ends', async () => {
    const cloud = await CloudProcess.make();
    const acknowledged = new Map<string, Kind>();
    const kinds = Object.keys(KINDS) as Kind[];
    for (let round = 1; round <= 4; round++) {
      await cloud.start();
      let isOver = false;
      const work = kinds.map(async (kind) => {
        while (!isOver) {
          try {
            const { status, body } = await cloud.call('POST', `/v1/${KINDS[kind].path}`, partOrder(kind));
            if (status === 201) acknowledged.set((body[kind] as Row).id, kind);
          } catch {
            // The process was killed under this call, so nothing is known of it.
          }
        }
      });
      await until(env, async () => acknowledged.size >= 20 * round);
      await cloud.end('SIGKILL');
      isOver = true;
      await Promise.all(work);
    }
    await cloud.start();
    const { intervals } = (await cloud.call('GET', '/v1/bill')).body as unknown as Bill;
    assert.equal(new Set(intervals.map((line) => line.id)).size, intervals.length);
    const billed = new Set(intervals.map((line) => line.id));
    for (const [id, kind] of acknowledged) {
      assert.equal((await cloud.call('GET', `/v1/${KINDS[kind].path}/${id}`)).status, 200, id);
      assert.equal(billed.has(id), kind === 'address' || kind === 'volume', id);
      assert.equal((await cloud.call('DELETE', `/v1/${KINDS[kind].path}/${id}`)).status, 202);
    }
    await cloud.end('SIGTERM');
  });
});
