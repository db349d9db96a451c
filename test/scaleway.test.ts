/**
 * A deployment on Scaleway from outside, with an account of the organisation: the pretended API, real agents. Where
 * the first zone has no room the next is asked, in each of the ways in which Scaleway says so; the orchestrator is
 * killed around each call; and when all has ended nothing is left, of servers, volumes, addresses and groups.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DeploymentView, Offer } from '#contracts/management.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { FakeScaleway } from '#providers/scaleway/testing/fake-scaleway.ts';
import { ApiClient } from './api-client.ts';
import { CrashFile } from './kill-points/crash-file.ts';
import { PointHunt } from './kill-points/point-hunt.ts';
import { ScalewayMachines } from './scaleway-machines.ts';
import { type Stack, startStack } from './stack.ts';

const KEY = '11111111-2222-4333-8444-555555555555';
const PROJECT = '99999999-2222-4333-8444-555555555555';
const MODEL = 'Qwen/Qwen3-8B';
const TYPE = 'L4-1-24G';
const LIMIT_MS = 240_000;
/** Addresses that one run of this file may need, with those of orders that are given up. */
const ADDRESSES = 60;

/** Around each call that makes or ends something, and between the parts of a start. */
const POINTS = [
  'create-security-group.after',
  'create-address.after',
  'create-volume.after',
  'create-server.after',
  'adopt-server.commit',
  'prepare.before',
  'prepare.after',
  'start.after',
  'discover-volume.after',
  'delete-server.before',
  'delete-server.after',
  'delete-volume.after',
  'delete-address.after',
  'delete-security-group.after',
].map((name) => `reconcile-instance.${name}`);

describe('a stack on Scaleway', { timeout: 900_000 }, () => {
  const env = systemEnv(SILENT_LOG);
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-scaleway-'));
  const crash = new CrashFile(join(folder, 'order.json'));
  let machines: ScalewayMachines;
  let fake: FakeScaleway;
  let stack: Stack;
  let api: ApiClient;
  let deployed = 0;

  before(async () => {
    machines = await ScalewayMachines.open(env, join(folder, 'machines'), ADDRESSES);
    const newAddress = machines.newAddress;
    fake = await FakeScaleway.start({ env, secretKey: KEY, machines, newAddress });
    stack = await startStack({
      env: {
        ENABLED_PROVIDERS: 'scaleway',
        SCALEWAY_API_URL: fake.url,
        PROVIDER_TIMEOUT_MS: '10000',
        // The pretended machines are processes here, and reach the loopback address.
        PUBLIC_URL_CHECK: 'off',
        FAULT: `@${crash.path}`,
      },
    });
    api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const credential = {
      secret_key: KEY,
      project_id: PROJECT,
      zones: 'fr-par-1,fr-par-2',
      data_volume: true,
    };
    const account = await api.json<{ id: string }>('POST', '/api/v1/provider-accounts', {
      ...{ provider: 'scaleway', name: 'ours', credential },
    });
    await api.json('POST', `/api/v1/provider-accounts/${account.id}/test`);
    await until('the account to be found good', async () => {
      const { data } = await api.json<{ data: { check: { state: string } | null }[] }>(
        'GET',
        '/api/v1/provider-accounts',
      );
      return data[0]?.check?.state === 'ok' || data;
    });
  });

  after(async () => {
    crash.disarm();
    await stack?.[Symbol.asyncDispose]();
    await fake?.close();
    await machines?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function deploy(zone = 'fr-par-1', fallback?: string): Promise<string> {
    deployed += 1;
    const { instances } = await api.json<DeploymentView>('POST', '/api/v1/deployments', {
      ...{ name: `scaleway-${deployed}`, model_id: MODEL, provider: 'scaleway', zone, instance_type: TYPE },
      ...(fallback ? { fallbacks: [{ zone: fallback, instance_type_id: TYPE }] } : {}),
    });
    const id = instances[0]?.id;
    assert(id);
    return id;
  }

  async function end(id: string): Promise<void> {
    await persist(() => api.json('POST', `/api/v1/instances/${id}/terminate`));
    await api.waitForState(id, 'terminated', LIMIT_MS);
    assert.deepEqual(left(fake), [], 'nothing is left at the provider');
  }

  it('sells what the account sees, in euros', async () => {
    const path = `/api/v1/catalogue/offers?provider=scaleway&model_id=${encodeURIComponent(MODEL)}`;
    await api.json('POST', '/api/v1/catalogue/sync', { provider: 'scaleway' });
    await until('the offers of the account', async () => {
      const { data } = await api.json<{ data: Offer[] }>('GET', path);
      return data.some(
        (one) => one.instance_type === TYPE && one.zone === 'fr-par-2' && one.availability === 'available',
      );
    });
    const { data } = await api.json<{ data: Offer[] }>('GET', path);
    const offer = data.find((one) => one.instance_type === TYPE && one.zone === 'fr-par-1');
    assert.equal(offer?.price?.currency, 'EUR');
  });

  it('a machine becomes ready, with a root as large as it was sized, and leaves nothing', async () => {
    const id = await deploy();
    const detail = await api.waitForState(id, 'ready', LIMIT_MS);
    const [server] = fake.world.servers.values();
    assert(server);
    assert.equal(detail.zone, 'fr-par-1');
    const volumes = [...server.volumes.values()].map((ref) => fake.world.volumes.get(ref));
    assert.deepEqual(
      volumes.map((volume) => [volume?.type, volume?.size === volumes[0]?.size]),
      [
        ['sbs_5k', true],
        ['sbs_5k', true],
      ],
    );
    assert.ok((volumes[0]?.size ?? 0) > 40e9);
    const resources = [server, ...volumes, ...fake.world.ips.values(), ...fake.world.groups.values()];
    for (const one of resources) assert.ok(one?.tags.some((tag) => tag === `inv_instance=${id}`));
    const [group] = fake.world.groups.values();
    assert.deepEqual(
      group?.rules.map((rule) => rule['dest_port_from']),
      [8000, 8080],
    );
    await end(id);
  });

  for (const [how, said] of [
    ['refuses the create', 'shortage'],
    ['takes the start and falls back to stopped', 'hidden_shortage'],
  ] as const) {
    it(`goes to the next zone when Scaleway ${how}`, async () => {
      fake.world.stock.set(`fr-par-1 ${TYPE}`, said);
      const id = await deploy('fr-par-1', 'fr-par-2');
      const detail = await api.waitForState(id, 'ready', LIMIT_MS);
      assert.equal(detail.zone, 'fr-par-2');
      assert.deepEqual(
        [...fake.world.servers.values()].map(({ zone }) => zone),
        ['fr-par-2'],
      );
      await end(id);
      fake.world.stock.clear();
    });
  }

  it('survives kill -9 at each call of a life, with one of everything and nothing left', async () => {
    const before = fake.calls.length;
    const hunt = new PointHunt(crash, POINTS);
    const id = await deploy('fr-par-2');
    await api.waitForState(id, 'ready', LIMIT_MS);
    for (const kind of ['servers', 'security_groups', 'ips', 'volumes']) {
      const orders = fake.calls.slice(before).filter(({ method, path, status }) => {
        return method === 'POST' && path.endsWith(`/${kind}`) && status < 300;
      });
      assert.equal(orders.length, 1, `${kind}: what was made before a crash was found again`);
    }
    const [server] = fake.world.servers.values();
    assert.ok((server?.userData.get('cloud-init') ?? '').length > 0, 'it did not start unprepared');
    await end(id);
    const hit = await hunt.end();
    assert.ok(hit.size >= 3, `processes were killed at ${[...hit].join(', ')}`);
  });
});

/** Everything there is, by kind. */
function left({ world }: FakeScaleway): string[] {
  return [
    ...[...world.servers.values()].map(({ id, state }) => `server ${id} ${state}`),
    ...[...world.volumes.values()].map(({ id, type }) => `volume ${id} ${type}`),
    ...[...world.ips.keys()].map((id) => `address ${id}`),
    ...[...world.groups.keys()].map((id) => `group ${id}`),
  ];
}

/** A person would press the button again while a process comes back. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** True ends it; anything else is told when it does not come. */
async function until(what: string, look: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const seen = await look().catch((error: unknown) => String(error));
    if (seen === true) return;
    assert.ok(performance.now() < deadline, `${what} did not come: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
