import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { request } from 'undici';
import { Secret } from '#kernel/secret.ts';
import type { Bill } from './bill.ts';
import { anOrder, callCloud, TEST_TOKEN, TestCloud } from './test-cloud.ts';

interface Row {
  readonly id: string;
  readonly address: string | null;
}

describe('mock cloud', { timeout: 150_000 }, () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.close());
  afterEach(async () => {
    await cloud.setFaults();
    await cloud.call('DELETE', '/v1/settings');
    for (const row of await rows('servers')) await cloud.call('DELETE', `/v1/servers/${row.id}`);
    for (const row of await rows('volumes')) await cloud.call('DELETE', `/v1/volumes/${row.id}`);
    const bill = await readBill();
    assert.ok(bill.intervals.every((line) => line.to_ms !== null, 'nothing is billed any more'));
  });
  const rows = async (kind: 'servers' | 'volumes'): Promise<Row[]> =>
    (await cloud.call('GET', `/v1/${kind}?per_page=100`)).body[kind] as Row[];
  const readBill = async (tag = ''): Promise<Bill> =>
    (await cloud.call('GET', `/v1/bill${tag && `?tag=${encodeURIComponent(tag)}`}`)).body as unknown as Bill;

  it('answers nothing without its secret', async () => {
    for (const path of ['/v1/servers', '/v1/bill', '/v1/faults', '/nowhere']) {
      const answer = await callCloud(cloud.url, 'GET', path, undefined, new Secret('other'));
      assert.deepEqual([answer.status, answer.body['type']], [401, 'denied_authentication']);
    }
  });

  it('refuses what it does not understand by naming it, and keeps nothing of it', async () => {
    const bad: [Record<string, unknown>, string][] = [
      [anOrder({ zone: 'mars' }), 'zone'],
      [anOrder({ type: 'TPU' }), 'type'],
      [anOrder({ root_bytes: 1 }), 'root_bytes'],
      [anOrder({ tags: ['x'.repeat(300)] }), 'tags.0'],
      [anOrder({ user_data: 'x'.repeat(131_073) }), 'user_data'],
      [{ ...anOrder(), colour: 'red' }, 'body'],
    ];
    for (const [order, argument] of bad) {
      const { status, body } = await cloud.call('POST', '/v1/servers', order);
      assert.equal(status, 400, argument);
      assert.equal((body['details'] as { argument_name: string }[])[0]?.argument_name, argument);
    }
    assert.equal((await cloud.call('GET', '/v1/servers?page=0')).status, 400);
    assert.equal((await cloud.call('PATCH', '/v1/servers')).body['type'], 'unknown_path');
    assert.deepEqual(await rows('servers'), []);
  });

  it('bills a server and its volume each from its record to its own end', async () => {
    const server = await cloud.create({ tags: ['inv_installation=bill-test'] });
    await cloud.call('DELETE', `/v1/servers/${server.id}`);
    const half = await readBill('inv_installation=bill-test');
    assert.deepEqual(
      half.intervals.map((line) => [line.kind, line.from_ms, line.to_ms === null]).toSorted(),
      [
        ['server', server.created_at_ms, false],
        ['volume', server.created_at_ms, true],
      ],
    );
    const [volume] = server.volumes;
    await cloud.call('DELETE', `/v1/volumes/${volume?.id}`);
    const gone = await cloud.volume(volume?.id ?? '');
    const whole = await readBill('inv_installation=bill-test');
    assert.equal(whole.intervals.find((line) => line.kind === 'volume')?.to_ms, gone.billed_to_ms);
    assert.equal(gone.nanos_per_hour, 20 * 118_000);
  });

  it('a new price is for new servers only', async () => {
    const old = await cloud.create();
    const { body } = await cloud.call('GET', '/v1/settings');
    const { types } = body['settings'] as { types: { name: string; price_per_hour: string }[] };
    const dearer = types.map((type) => ({ ...type, price_per_hour: '9.5' }));
    assert.equal((await cloud.call('PUT', '/v1/settings', { types: dearer })).status, 200);
    const young = await cloud.create();
    assert.equal((await cloud.server(old.id)).nanos_per_hour, 750_000_000);
    assert.equal(young.nanos_per_hour, 9_500_000_000);
  });

  it('settings and faults outlive a power cut, and unknown ones are refused', async () => {
    assert.equal((await cloud.call('PUT', '/v1/settings', { boot_mss: 1 })).status, 400);
    assert.equal((await cloud.call('PUT', '/v1/faults', { faults: [{ kind: 'plague' }] })).status, 400);
    await cloud.call('PUT', '/v1/settings', { boot_ms: 1_234 });
    await cloud.setFaults({ id: 'q', kind: 'quota', count: 3 });
    await cloud.powerCycle();
    const settings = (await cloud.call('GET', '/v1/settings')).body['settings'] as { boot_ms: number };
    assert.equal(settings.boot_ms, 1_234);
    const faults = (await cloud.call('GET', '/v1/faults')).body['faults'] as { id: string }[];
    assert.deepEqual(
      faults.map((fault) => fault.id),
      ['q'],
    );
  });

  it('a boot takes its time, shows its address when it is over, and a delete ends it', async () => {
    await cloud.call('PUT', '/v1/settings', { boot_ms: 1_500 });
    const [one, two] = [await cloud.create(), await cloud.create()];
    for (const { id } of [one, two]) await cloud.call('POST', `/v1/servers/${id}/start`);
    const booting = await cloud.server(one.id);
    assert.deepEqual([booting.state, booting.address], ['starting', null]);
    await cloud.call('DELETE', `/v1/servers/${two.id}`);
    const booted = await cloud.until(async () => {
      const now = await cloud.server(one.id);
      return now.state === 'running' && now;
    });
    assert.match(booted.address ?? '', /^127\.\d+\.\d+\.\d+$/);
    assert.equal((await cloud.server(two.id)).state, 'gone');
  });

  it('a late delete is billed to its late end, also through a power cut', async () => {
    await cloud.setFaults({ kind: 'late_delete', operation: 'server.delete', delay_ms: 2_000 });
    const server = await cloud.createRunning('cat');
    const askedAtMs = Date.now();
    await cloud.call('DELETE', `/v1/servers/${server.id}`);
    assert.equal((await cloud.server(server.id)).state, 'stopping');
    await cloud.powerCycle();
    const gone = await cloud.until(async () => {
      const now = await cloud.server(server.id);
      return now.state === 'gone' && now;
    });
    assert.ok((gone.billed_to_ms ?? 0) >= askedAtMs + 2_000);
  });

  it('a stuck delete stays through a power cut until its fault is cleared', async () => {
    await cloud.setFaults({ id: 's', kind: 'stuck_delete', count: 2 });
    const server = await cloud.create();
    await cloud.call('DELETE', `/v1/servers/${server.id}`);
    await cloud.powerCycle();
    assert.equal((await cloud.server(server.id)).state, 'stopping');
    await cloud.call('DELETE', '/v1/faults/s');
    await cloud.until(async () => (await cloud.server(server.id)).state === 'gone');
  });

  it('a stuck volume delete is billed on until its fault is cleared', async () => {
    const server = await cloud.create();
    await cloud.call('DELETE', `/v1/servers/${server.id}`);
    const id = server.volumes[0]?.id ?? '';
    await cloud.setFaults({ kind: 'stuck_delete', operation: 'volume.delete' });
    assert.equal((await cloud.call('DELETE', `/v1/volumes/${id}`)).status, 202);
    const stuck = await cloud.volume(id);
    assert.deepEqual([stuck.state, stuck.billed_to_ms], ['deleting', null]);
    await cloud.setFaults();
    await cloud.until(async () => (await cloud.volume(id)).state === 'gone');
  });

  it('a preempted server is gone at once, billed until then, and leaves its volume', async () => {
    const server = await cloud.createRunning('cat');
    assert.equal((await cloud.call('POST', `/v1/servers/${server.id}/preempt`)).status, 202);
    const gone = await cloud.server(server.id);
    assert.deepEqual([gone.state, gone.state_detail], ['gone', 'preempted']);
    assert.ok(gone.billed_to_ms !== null);
    assert.equal((await cloud.volume(server.volumes[0]?.id ?? '')).state, 'available');
  });

  it('a preemption fault takes a started server after its delay', async () => {
    await cloud.setFaults({ kind: 'preemption', delay_ms: 50, count: 1 });
    const server = await cloud.createRunning('cat');
    const gone = await cloud.until(async () => {
      const now = await cloud.server(server.id);
      return now.state === 'gone' && now;
    });
    assert.equal(gone.state_detail, 'preempted');
  });

  it('a preemption and a delete at the same time end a server once', async () => {
    const server = await cloud.createRunning('cat');
    await Promise.all([
      cloud.call('POST', `/v1/servers/${server.id}/preempt`),
      cloud.call('DELETE', `/v1/servers/${server.id}`),
      cloud.call('DELETE', `/v1/servers/${server.id}`),
    ]);
    await cloud.until(async () => (await cloud.server(server.id)).state === 'gone');
    const bill = await readBill();
    assert.equal(bill.intervals.filter((line) => line.id === server.id).length, 1);
  });

  it('lost capacity shows in the offers', async () => {
    await cloud.setFaults({ kind: 'stock_out', zone: 'mock-b', type: 'MOCK-H100-8' });
    const { body } = await cloud.call('GET', '/v1/offers');
    const offers = body['offers'] as { zone: string; type: string; availability: string }[];
    assert.deepEqual(
      offers.filter((offer) => offer.availability === 'shortage').map(({ zone, type }) => `${zone} ${type}`),
      ['mock-b MOCK-H100-8'],
    );
  });

  it('twenty servers at once have twenty addresses, run, and leave nothing', async () => {
    const servers = await Promise.all(
      Array.from({ length: 20 }, () => cloud.createRunning('cat >/dev/null')),
    );
    const running = await cloud.until(async () => {
      const all = await Promise.all(servers.map(({ id }) => cloud.server(id)));
      return all.every((server) => server.agent_pid !== null && server.user_data_exit === 0) && all;
    });
    assert.equal(new Set(running.map((server) => server.address)).size, 20);
    await Promise.all(servers.map(({ id }) => cloud.call('DELETE', `/v1/servers/${id}`)));
    await Promise.all(servers.map((server) => cloud.call('DELETE', `/v1/volumes/${server.volumes[0]?.id}`)));
    assert.deepEqual([...(await rows('servers')), ...(await rows('volumes'))], []);
  });

  it('a freed address rests while others are free', async () => {
    const first = await cloud.createRunning('cat');
    const { address } = await cloud.server(first.id);
    await cloud.call('DELETE', `/v1/servers/${first.id}`);
    await cloud.powerCycle();
    const second = await cloud.createRunning('cat');
    assert.notEqual((await cloud.server(second.id)).address, address);
  });

  it('a tombstone can be read until it expires, and is not listed', async () => {
    const server = await cloud.create();
    await cloud.call('DELETE', `/v1/servers/${server.id}`);
    assert.equal((await cloud.server(server.id)).state, 'gone');
    assert.equal((await cloud.call('GET', '/v1/servers?include_gone=true')).body['total_count'] !== 0, true);
    assert.deepEqual(await rows('servers'), []);
    await cloud.call('PUT', '/v1/settings', { tombstone_ms: 0 });
    assert.equal((await cloud.call('GET', `/v1/servers/${server.id}`)).status, 404);
    await cloud.powerCycle();
    await cloud.until(async () => {
      const journal = await readFile(join(cloud.directory, 'state.jsonl'), 'utf8');
      return !journal.includes('"orderSha256"');
    });
    const bill = await readBill();
    assert.ok(
      bill.intervals.some((line) => line.id === server.id),
      'the bill forgets nothing',
    );
  });

  it('every call is in the log with its correlation id and the fault that struck it', async () => {
    await cloud.setFaults({ kind: 'error_after', operation: 'server.create', count: 1 });
    assert.equal((await cloud.call('POST', '/v1/servers', anOrder())).status, 500);
    const { body } = await cloud.call('GET', '/v1/log?operation=server.create&limit=1');
    const [entry] = body['calls'] as Record<string, unknown>[];
    assert.deepEqual(
      [entry?.['status'], entry?.['fault'], entry?.['correlation_id']],
      [500, 'error_after', 'cor_test'],
    );
    assert.equal((await rows('servers')).length, 1);
  });

  it('garbage on the wire ends that connection and nothing else', async () => {
    const { port } = new URL(cloud.url);
    for (const bytes of [
      '\u0016\u0003\u0001 not http\r\n\r\n',
      'GET // HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST /v1/servers HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"zone":',
    ]) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(bytes);
      if (bytes.startsWith('POST')) socket.destroySoon();
      await once(socket.resume(), 'close');
    }
    for (const body of ['{', 'null', '[]', '"x"', '{"zone":{}}']) {
      const response = await request(new URL('/v1/servers', cloud.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${TEST_TOKEN.reveal()}` },
        body,
      });
      await response.body.dump();
      assert.equal(response.statusCode, 400, body);
    }
    assert.deepEqual(await rows('servers'), []);
  });

  it('a cloud beside it gets other addresses', async () => {
    const other = await TestCloud.start();
    try {
      const [here, there] = await Promise.all([cloud.createRunning('cat'), other.createRunning('cat')]);
      assert.notEqual((await cloud.server(here.id)).address, (await other.server(there.id)).address);
    } finally {
      await other.close();
    }
  });
});
