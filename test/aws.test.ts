/**
 * A deployment on AWS from outside, with an account of the organisation: the pretended API, real agents. Where the
 * first zone has no room the next is asked; the orchestrator is killed around each call; and when all has ended
 * nothing is left, of machines, volumes, keys and groups.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { DeploymentView, Offer } from '#contracts/management.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { FakeAws } from '#providers/aws/testing/fake-aws.ts';
import { ApiClient } from './api-client.ts';
import { CrashFile } from './kill-points/crash-file.ts';
import { PointHunt } from './kill-points/point-hunt.ts';
import { RentedMachines } from './rented-machines.ts';
import { type Stack, startStack } from './stack.ts';

const KEY = 'FAKEFAKEFAKEFAKEFAKE';
const SECRET = 'the-secret-of-a-whole-stack';
const MODEL = 'Qwen/Qwen3-8B';
const TYPE = 'g6.xlarge';
const LIMIT_MS = 240_000;
/** Addresses that one run of this file may need, with those of orders that are given up. */
const ADDRESSES = 60;

/** Around each call that makes or ends something. */
const POINTS = [
  'create-key.after',
  'create-security-group.after',
  'create-server.before',
  'create-server.after',
  'adopt-server.commit',
  'note-started.commit',
  'discover-volume.after',
  'delete-server.before',
  'delete-server.after',
  'delete-volume.after',
  'delete-security-group.after',
  'delete-key.after',
].map((name) => `reconcile-instance.${name}`);

describe('a stack on AWS', { timeout: 900_000 }, () => {
  const env = systemEnv(SILENT_LOG);
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-aws-'));
  const crash = new CrashFile(join(folder, 'order.json'));
  let machines: RentedMachines;
  let fake: FakeAws;
  let stack: Stack;
  let api: ApiClient;
  let deployed = 0;

  before(async () => {
    machines = await RentedMachines.open(env, join(folder, 'machines'), ADDRESSES);
    fake = await FakeAws.start({
      ...{ env, accessKeyId: KEY, secretAccessKey: SECRET, newAddress: machines.newAddress },
      machines: {
        // As cloud-init does it, EC2's user data is unpacked first.
        powerOn: ({ id, userData }, address) =>
          machines.powerOn(id, gunzipSync(Buffer.from(userData, 'base64')).toString(), address),
        powerOff: ({ id }) => machines.powerOff(id),
      },
    });
    stack = await startStack({
      env: {
        ENABLED_PROVIDERS: 'aws',
        AWS_API_URL: fake.url,
        PROVIDER_TIMEOUT_MS: '10000',
        // The machines of this test are on this computer.
        PUBLIC_URL_CHECK: 'off',
        FAULT: `@${crash.path}`,
      },
    });
    api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const credential = {
      access_key_id: KEY,
      secret_access_key: SECRET,
      zones: 'eu-west-3a,eu-west-3b',
      data_volume: true,
    };
    const account = await api.json<{ id: string }>('POST', '/api/v1/provider-accounts', {
      ...{ provider: 'aws', name: 'ours', credential },
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

  async function deploy(zone = 'eu-west-3a', fallback?: string): Promise<string> {
    deployed += 1;
    const { instances } = await api.json<DeploymentView>('POST', '/api/v1/deployments', {
      ...{ name: `aws-${deployed}`, model_id: MODEL, provider: 'aws', zone, instance_type: TYPE },
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

  const living = () => [...fake.world.instances.values()].filter(({ state }) => state !== 'terminated');

  it('sells what the account sees, in dollars that become euros', async () => {
    const path = `/api/v1/catalogue/offers?provider=aws&model_id=${encodeURIComponent(MODEL)}`;
    await api.json('POST', '/api/v1/catalogue/sync', { provider: 'aws' });
    const offerOf = async () => {
      const { data } = await api.json<{ data: Offer[] }>('GET', path);
      return data.find((one) => one.instance_type === TYPE && one.zone === 'eu-west-3b');
    };
    await until('the offers of the account', async () => (await offerOf()) !== undefined);
    const offer = await offerOf();
    assert.deepEqual([offer?.price?.currency, offer?.price?.nanos_per_hour], ['USD', 1_021_600_000]);
  });

  it('a machine becomes ready, with disks as large as they were sized, and leaves nothing', async () => {
    const id = await deploy();
    const detail = await api.waitForState(id, 'ready', LIMIT_MS);
    const [instance, ...others] = living();
    assert(instance && others.length === 0);
    assert.equal(detail.zone, 'eu-west-3a');
    const volumes = fake.world.volumesOf(instance);
    assert.deepEqual(
      volumes.map((volume) => [volume.type, volume.sizeGib === volumes[0]?.sizeGib, volume.diesWithInstance]),
      [
        ['gp3', true, true],
        ['gp3', true, false],
      ],
    );
    assert.ok((volumes[0]?.sizeGib ?? 0) > 40);
    const groups = [...fake.world.groups.values()];
    const resources = [instance, ...volumes, ...fake.world.keys.values(), ...groups];
    for (const one of resources) assert.equal(one.tags.get('inv_instance'), id);
    assert.deepEqual([...(groups[0]?.rules ?? [])], ['0.0.0.0/0 tcp 8000', '0.0.0.0/0 tcp 8080']);
    await end(id);
  });

  it('goes to the next zone where there is no room', async () => {
    fake.world.stock.set(`eu-west-3a ${TYPE}`, 'none');
    const id = await deploy('eu-west-3a', 'eu-west-3b');
    const detail = await api.waitForState(id, 'ready', LIMIT_MS);
    assert.equal(detail.zone, 'eu-west-3b');
    assert.deepEqual(
      living().map(({ zone }) => zone),
      ['eu-west-3b'],
    );
    await end(id);
    fake.world.stock.clear();
  });

  it('survives kill -9 at each call of a life, with one of everything and nothing left', async () => {
    const before = new Set(fake.world.instances.keys());
    const calls = fake.calls.length;
    const hunt = new PointHunt(crash, POINTS);
    const id = await deploy('eu-west-3b');
    await api.waitForState(id, 'ready', LIMIT_MS);
    const made = [...fake.world.instances.keys()].filter((one) => !before.has(one));
    assert.equal(made.length, 1, 'the same order was the same machine');
    for (const action of ['CreateSecurityGroup', 'ImportKeyPair']) {
      const done = fake.calls.slice(calls).filter((call) => call.action === action && call.status < 300);
      assert.ok(done.length >= 1, action);
    }
    assert.deepEqual([fake.world.groups.size, fake.world.keys.size], [1, 1]);
    await end(id);
    const hit = await hunt.end();
    assert.ok(hit.size >= 3, `processes were killed at ${[...hit].join(', ')}`);
  });
});

/** Everything there is, by kind; what is over is shown for a while and costs nothing. */
function left({ world }: FakeAws): string[] {
  const instances = [...world.instances.values()].filter(({ state }) => state !== 'terminated');
  return [
    ...instances.map(({ id, state }) => `instance ${id} ${state}`),
    ...[...world.volumes.values()].map(({ id, device }) => `volume ${id} ${device}`),
    ...[...world.keys.keys()].map((id) => `key ${id}`),
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
