import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Secret } from '#kernel/secret.ts';
import type { CreateServer, PartKind } from '#providers/provider.ts';
import { env, rejects } from '#providers/provider-bench.ts';
import { ACTIONS } from './actions.ts';
import { type AwsOptions, awsCredentialSchema, optionsOf } from './credential.ts';
import { AwsProvider } from './provider.ts';
import { FAKE_ACCOUNT, FakeAws } from './testing/fake-aws.ts';

/** What is AWS's own, beside what every adapter must do. */
const KEY = 'FAKEFAKEFAKEFAKEFAKE';
const SECRET = 'the-secret-of-these-tests';
const ZONE = 'eu-west-3a';
const GIB = 2 ** 30;

let fake: FakeAws;
const opened: AwsProvider[] = [];

before(async () => {
  fake = await FakeAws.start({ env, accessKeyId: KEY, secretAccessKey: SECRET });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  fake.faults = [];
  fake.denied.clear();
  fake.calls.length = 0;
});
after(() => fake.close());

const context = () => ({ signal: AbortSignal.timeout(30_000), correlationId: 'cor_test' });

function providerWith(changes: Partial<AwsOptions> = {}): AwsProvider {
  const options = optionsOf(
    awsCredentialSchema.parse({ access_key_id: KEY, secret_access_key: SECRET, zones: ZONE }),
  );
  const provider = new AwsProvider({
    ...{ ...options, ...changes, baseUrl: fake.url, accessKeyId: KEY },
    ...{ secretAccessKey: new Secret(SECRET), clock: env.clock },
  });
  opened.push(provider);
  return provider;
}

let attempts = 0;
function orderOf(type: string, changes: Partial<CreateServer> = {}): CreateServer {
  attempts += 1;
  const owner = { installation: 'own', instance: 'inst_own', attempt: `att_${attempts}`, expiresAtMs: 5 };
  return {
    ...{ zone: ZONE, type, name: 'inv-own', owner, userData: '#!/bin/sh\n', rootBytes: 150 * GIB, parts: [] },
    ...changes,
  };
}

const inputOf = (action: string) =>
  fake.calls.findLast((call) => call.action === action)?.input as Record<string, unknown>;

function sharedInterface(input: Record<string, unknown>): Record<string, unknown> {
  return (input['NetworkInterfaces'] as Record<string, unknown>[])[0] ?? {};
}

describe('an order at AWS', { timeout: 60_000 }, () => {
  it('is whole: token, tags on all that it makes, disks that die, metadata by tokens, packed user data', async () => {
    const order = orderOf('g6.xlarge', { userData: '#!/bin/sh\necho é\n' });
    await providerWith().createServer(context(), order);
    const input = inputOf('RunInstances');
    assert.equal(input['ClientToken'], order.owner.attempt);
    assert.deepEqual([input['MinCount'], input['MaxCount']], [1, 1]);
    assert.deepEqual(input['Placement'], { AvailabilityZone: ZONE });
    assert.equal(input['InstanceInitiatedShutdownBehavior'], 'terminate');
    assert.deepEqual(input['MetadataOptions'], {
      ...{ HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    });
    assert.deepEqual(input['BlockDeviceMappings'], [
      {
        DeviceName: '/dev/sda1',
        Ebs: { VolumeType: 'gp3', VolumeSize: 150, DeleteOnTermination: true },
      },
    ]);
    const tags = input['TagSpecifications'] as { ResourceType: string; Tags: { Key: string }[] }[];
    assert.deepEqual(
      tags.map(({ ResourceType }) => ResourceType),
      ['instance', 'volume', 'network-interface'],
    );
    for (const { Tags } of tags) assert.ok(Tags.some(({ Key }) => Key === 'inv_attempt'));
    const packed = Buffer.from(String(input['UserData']), 'base64');
    assert.equal(gunzipSync(packed).toString(), order.userData);
    assert.equal(sharedInterface(input)['AssociatePublicIpAddress'], true);
  });

  it('has the newest image of AWS for its architecture, and one that is named for it', async () => {
    await providerWith().createServer(context(), orderOf('g6.xlarge'));
    assert.equal(inputOf('RunInstances')['ImageId'], 'ami-0a00000000000002a', 'not that of a stranger');
    await providerWith().createServer(context(), orderOf('g5g.xlarge'));
    assert.equal(inputOf('RunInstances')['ImageId'], 'ami-0a00000000000003a');
    const named = providerWith({ images: ['ami-0fffffffffffffff0', 'ami-0a00000000000001a'] });
    await named.createServer(context(), orderOf('g6.xlarge'));
    assert.equal(inputOf('RunInstances')['ImageId'], 'ami-0a00000000000001a');
    const error = await rejects(named.createServer(context(), orderOf('g5g.xlarge')), 'invalid', false);
    assert.match(error.message, /no image for g5g.xlarge \(arm64\) in eu-west-3 among ami-0f/);
  });

  it('is in a subnet where one is named, with its group in the same network', async () => {
    const provider = providerWith({ subnets: new Map([[ZONE, 'subnet-0123456789']]) });
    const order = orderOf('g6.xlarge');
    const part = { zone: ZONE, name: 'g', owner: order.owner };
    const { ref } = await provider.createPart(context(), { ...part, kind: 'security_group' });
    assert.equal(fake.world.groups.get(ref.id)?.vpc, 'vpc-of-subnet-0123456789');
    await provider.createServer(context(), { ...order, parts: [{ kind: 'security_group', ref }] });
    const input = inputOf('RunInstances');
    assert.equal(sharedInterface(input)['SubnetId'], 'subnet-0123456789');
    assert.equal(input['Placement'], undefined);
  });

  it('may leave the zone to EC2, and stays what was ordered', async () => {
    const provider = providerWith({ zones: ['eu-west-3'] });
    const server = await provider.createServer(context(), orderOf('g6.xlarge', { zone: 'eu-west-3' }));
    assert.equal(inputOf('RunInstances')['Placement'], undefined);
    assert.equal(server.ref.zone, 'eu-west-3');
    // By then it may run already.
    const found = await provider.findServer(context(), server.ref);
    assert.deepEqual([found?.ref, found?.owner, found?.volumes], [server.ref, server.owner, server.volumes]);
    const owned = await provider.listOwned(context(), 'own', ['eu-west-3']);
    assert.ok(owned.some(({ ref }) => ref.id === server.ref.id));
  });

  it('has EFA where the type does, among machines of one group', async () => {
    const provider = providerWith({ wantsEfa: true });
    await provider.createServer(context(), orderOf('g6.12xlarge'));
    assert.equal(sharedInterface(inputOf('RunInstances'))['InterfaceType'], 'efa');
    await provider.createServer(context(), orderOf('g6.xlarge'));
    assert.equal(sharedInterface(inputOf('RunInstances'))['InterfaceType'], undefined);
  });

  it('with a data volume makes one that outlives the machine', async () => {
    const provider = providerWith({ hasDataVolume: true });
    const order = orderOf('g6.xlarge');
    const { ref } = await provider.createServer(context(), order);
    const server = await provider.findServer(context(), ref);
    assert.equal(server?.volumes.length, 2);
    await provider.deleteServer(context(), ref);
    for (;;) if ((await provider.findServer(context(), ref))?.state === 'gone') break;
    const found = await Promise.all(server?.volumes.map((one) => provider.findVolume(context(), one)) ?? []);
    const [kept, ...others] = found.filter((volume) => volume !== undefined);
    assert.deepEqual([kept?.isBoot, kept?.state, others.length], [false, 'available', 0]);
    assert.deepEqual(kept?.owner, order.owner);
  });

  it('is refused before AWS is asked where its user data cannot be packed small enough', async () => {
    const noise = Buffer.from(env.random.bytes(20_000)).toString('base64');
    const error = await rejects(
      providerWith().createServer(context(), orderOf('g6.xlarge', { userData: noise })),
      'invalid',
      false,
    );
    assert.match(error.message, /user data of \d+ bytes \(\d+ packed\) is too long/);
    assert.equal(fake.calls.length, 0);
  });

  it('that AWS has no room for, or not in this form, leads on; one that is protected stays', async () => {
    const provider = providerWith();
    for (const stock of ['none', 'unsupported'] as const) {
      fake.world.stock.set(`${ZONE} g6.xlarge`, stock);
      const error = await rejects(provider.createServer(context(), orderOf('g6.xlarge')), 'stock_out', false);
      assert.equal(error.isDefiniteRefusal, true);
    }
    fake.world.stock.clear();
    const { ref } = await provider.createServer(context(), orderOf('g6.xlarge'));
    const instance = fake.world.instances.get(ref.id);
    assert(instance);
    instance.isProtected = true;
    await rejects(provider.deleteServer(context(), ref), 'locked', false);
    instance.isProtected = false;
    await provider.deleteServer(context(), ref);
  });

  it('makes no volume and no address of its own, and does not ask AWS for one', async () => {
    const { owner } = orderOf('g6.xlarge');
    for (const kind of ['volume', 'address'] satisfies PartKind[]) {
      const call = providerWith().createPart(context(), { kind, zone: ZONE, name: 'p', owner });
      await rejects(call, 'unsupported', false);
    }
    assert.equal(fake.calls.length, 0);
  });

  it('opens the worker ports alone, from where its account says, however often it is repeated', async () => {
    const provider = providerWith({ inboundFrom: ['203.0.113.0/24', '2001:db8::/32'] });
    const order = orderOf('g6.xlarge');
    const part = { zone: ZONE, name: 'g', owner: order.owner };
    const { ref } = await provider.createPart(context(), { ...part, kind: 'security_group' });
    const group = fake.world.groups.get(ref.id);
    assert.deepEqual([...(group?.rules ?? [])], [], 'nobody is let in before');
    const whole = { ...order, parts: [{ kind: 'security_group' as const, ref }] };
    const first = await provider.createServer(context(), whole);
    const again = await provider.createServer(context(), whole);
    assert.equal(again.ref.id, first.ref.id);
    assert.deepEqual(
      [...(group?.rules ?? [])],
      [
        ...['203.0.113.0/24 tcp 8000', '2001:db8::/32 tcp 8000'],
        ...['203.0.113.0/24 tcp 8080', '2001:db8::/32 tcp 8080'],
      ],
    );
  });
});

describe('a machine of AWS', { timeout: 60_000 }, () => {
  it('in a state that nobody has heard of is unknown, and told as it is', async () => {
    const provider = providerWith();
    const { ref } = await provider.createServer(context(), orderOf('g6.xlarge'));
    const instance = fake.world.instances.get(ref.id);
    assert(instance);
    Object.assign(instance, { state: 'hibernating', next: undefined, why: 'Server.Deep' });
    const found = await provider.findServer(context(), ref);
    assert.deepEqual([found?.state, found?.rawState], ['unknown', 'hibernating (Server.Deep)']);
  });

  it('that was stopped starts again, and takes new user data only then', async () => {
    const provider = providerWith();
    const { ref } = await provider.createServer(context(), orderOf('g6.xlarge'));
    await rejects(provider.replaceUserData(context(), ref, '#!/bin/sh\n'), 'conflict', false);
    const instance = fake.world.instances.get(ref.id);
    assert(instance);
    fake.world.stop(instance);
    await provider.replaceUserData(context(), ref, '#!/bin/sh\necho new\n');
    assert.equal(gunzipSync(Buffer.from(instance.userData, 'base64')).toString(), '#!/bin/sh\necho new\n');
    await provider.startServer(context(), ref);
    assert.equal(fake.calls.at(-1)?.action, 'StartInstances');
  });
});

describe('the catalogue of AWS', { timeout: 60_000 }, () => {
  it('has whole GPUs of NVIDIA where they are offered, with prices in dollars or none', async () => {
    const provider = providerWith({ zones: ['eu-west-3a', 'eu-west-3b', 'eu-west-3'] });
    const offers = await provider.listOffers(context());
    const told = (zone: string) =>
      offers
        .filter((offer) => offer.zone === zone)
        .map(({ type, gpuCount, price, availability }) => [
          ...[type, gpuCount, price?.nanosPerHour ?? null, price?.currency ?? null, availability],
        ]);
    const everywhere = [
      // With the address that every machine has.
      ['g6.xlarge', 1, 1_026_600_000, 'USD', 'unknown'],
      ['g6.12xlarge', 4, 5_846_200_000, 'USD', 'unknown'],
      ['g5g.xlarge', 1, null, null, 'unknown'],
    ];
    const largest = ['p5.48xlarge', 8, null, null, 'unknown'];
    assert.deepEqual(told('eu-west-3a'), [...everywhere, largest]);
    assert.deepEqual(told('eu-west-3b'), everywhere);
    assert.deepEqual(told('eu-west-3'), [...everywhere, largest]);
    const arm = offers.find(({ type }) => type === 'g5g.xlarge');
    assert.deepEqual([arm?.arch, arm?.vramBytesPerGpu, arm?.scratchBytesMax], ['arm64', 16_384 * 2 ** 20, 0]);
  });
});

describe('the disks of a machine at AWS', { timeout: 60_000 }, () => {
  const asked = () => fake.calls.filter(({ action }) => action === 'GetProducts').length;

  it('have the price of the list by size, which is asked for once for all of them', async () => {
    const provider = providerWith({ hasDataVolume: true });
    const { ref } = await provider.createServer(context(), orderOf('g6.xlarge'));
    const volumes = (await provider.findServer(context(), ref))?.volumes ?? [];
    assert.equal(volumes.length, 2);
    const all = await Promise.all(volumes.map((volume) => provider.findVolume(context(), volume)));
    for (const found of all) {
      // 150 GiB at 0.0928 dollars a month of 730 hours.
      assert.equal(found?.nanosPerHour, 19_068_493);
    }
    assert.equal(asked(), 1);
  });

  it('are found, with an unknown price, when the list does not tell it, refuses or breaks', async () => {
    const far = providerWith({ zones: ['eu-central-1a'] });
    const abroad = await far.createServer(context(), orderOf('g6.xlarge', { zone: 'eu-central-1a' }));
    const [untold] = (await far.findServer(context(), abroad.ref))?.volumes ?? [];
    assert(untold);
    const found = await far.findVolume(context(), untold);
    assert.deepEqual([found?.sizeBytes, found?.nanosPerHour], [150 * 2 ** 30, undefined]);
    for (const how of [
      { do: 'answer', status: 400, code: 'AccessDeniedException' },
      { do: 'answer', status: 503, text: '<html>' },
      { do: 'drop_before' },
    ] as const) {
      const provider = providerWith();
      const { ref } = await provider.createServer(context(), orderOf('g6.xlarge'));
      const [root] = (await provider.findServer(context(), ref))?.volumes ?? [];
      assert(root);
      fake.faults = [{ strikes: ({ action }) => action === 'GetProducts', how }];
      const before = asked();
      const volume = await provider.findVolume(context(), root);
      assert.deepEqual([volume?.ref.id, volume?.nanosPerHour], [root.id, undefined]);
      await provider.findVolume(context(), root);
      assert.equal(asked(), before + 1, 'a list that fails is left alone for a while');
      fake.faults = [];
    }
  });
});

describe('a machine that AWS ends by itself', { timeout: 60_000 }, () => {
  it('before it ever ran lacked room, was never billed, and is told apart from one that people end', async () => {
    const provider = providerWith();
    const untilGone = async (ref: { id: string; zone: string }) => {
      for (;;) {
        const server = await provider.findServer(context(), ref);
        if (server?.state === 'gone') return server;
      }
    };
    fake.world.stock.set(`${ZONE} g6.xlarge`, 'hidden');
    const { ref } = await provider.createServer(context(), orderOf('g6.xlarge'));
    const ended = await untilGone(ref);
    assert.equal(ended.neverRanFor, 'stock_out');
    assert.equal(ended.billedToMs, ended.billedFromMs);
    assert.match(ended.rawState, /terminated \(Server.InsufficientInstanceCapacity\)/);
    fake.world.stock.clear();
    const other = await provider.createServer(context(), orderOf('g6.xlarge'));
    await provider.deleteServer(context(), other.ref);
    assert.equal((await untilGone(other.ref)).neverRanFor, undefined);
  });
});

describe('the rights of an account at AWS', { timeout: 60_000 }, () => {
  it('are each tried dry, and what is missing is told by its name', async () => {
    fake.denied.add('TerminateInstances').add('GetProducts');
    const before = fake.world.instances.size + fake.world.groups.size + fake.world.keys.size;
    const { identity, rights } = await providerWith().inspect(context());
    assert.equal(identity.account, FAKE_ACCOUNT);
    const missing = rights.filter(({ state }) => state === 'missing').map(({ name }) => name);
    assert.deepEqual(missing, ['pricing:GetProducts', 'ec2:TerminateInstances']);
    assert.ok(rights.every(({ state }) => state !== 'unknown'));
    assert.equal(fake.world.instances.size + fake.world.groups.size + fake.world.keys.size, before);
  });

  it('are those of the policy in the guide, and every call of the adapter is among them', () => {
    const root = join(import.meta.dirname, '../../..');
    const [, json = ''] =
      /```json\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/guides/aws.md'), 'utf8')) ?? [];
    const policy = JSON.parse(json) as { Statement: { Action: string[] }[] };
    const named = policy.Statement.flatMap(({ Action }) => Action).toSorted();
    assert.deepEqual(named, ACTIONS.map(({ name }) => name).toSorted());
    const sources = ['client', 'holdings', 'images', 'inspect', 'parts', 'prices', 'servers', 'types'].map(
      (name) => readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8'),
    );
    const called = sources.join('').matchAll(/\b(?:ec2|pricing)\.([a-z]\w+)\(/g);
    const methods = new Set([...called].map(([, method = '']) => method).filter((one) => !CLIENTS.has(one)));
    const allowed = named.map((name) => name.replace(/^\w+:/, ''));
    assert.deepEqual(
      new Set([...methods].map((method) => method.charAt(0).toUpperCase() + method.slice(1))),
      new Set(allowed),
    );
  });
});

/** Words of maps, which look like calls of AWS's. */
const CLIENTS = new Set(['get', 'set', 'values']);

describe('the credential of an account at AWS', () => {
  it('says what is wrong with it, and reads the same again as it was kept', () => {
    const right = {
      ...{
        access_key_id: KEY,
        secret_access_key: SECRET,
        zones: 'eu-west-3a, us-gov-west-1',
        data_volume: true,
      },
      ...{ subnets: 'eu-west-3a=subnet-0123456789', inbound_from: '203.0.113.0/24', efa: true },
      images: 'ami-0123456789abcdef0,Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *',
    };
    const kept = awsCredentialSchema.parse(JSON.parse(JSON.stringify(awsCredentialSchema.parse(right))));
    const options = optionsOf(kept);
    assert.deepEqual(options.zones, ['eu-west-3a', 'us-gov-west-1']);
    assert.equal(options.images.length, 2);
    assert.equal(options.subnets.get('eu-west-3a'), 'subnet-0123456789');
    for (const wrong of [
      { access_key_id: 'short' },
      { secret_access_key: '' },
      { zones: 'paris' },
      { zones: ',' },
      { subnets: 'subnet-0123456789' },
      { inbound_from: 'everywhere' },
      { api_url: 'http://169.254.169.254' },
    ]) {
      const read = awsCredentialSchema.safeParse({ ...right, ...wrong });
      assert.equal(read.success, false, JSON.stringify(wrong));
    }
  });
});
