import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Secret } from '#kernel/secret.ts';
import type { CreateServer } from '#providers/provider.ts';
import { env, rejects, until } from '#providers/provider-bench.ts';
import { optionsOf, type ScalewayOptions, scalewayCredentialSchema } from './credential.ts';
import { ScalewayProvider } from './provider.ts';
import { isHoldings } from './testing/fake-faults.ts';
import { FakeScaleway } from './testing/fake-scaleway.ts';

/** What is Scaleway's own, beside what every adapter must do. */
const KEY = '11111111-2222-4333-8444-555555555555';
const PROJECT = '99999999-2222-4333-8444-555555555555';
const NETWORK = '77777777-2222-4333-8444-555555555555';
const ZONE = 'fr-par-2';
const GB = 1_000_000_000;

let fake: FakeScaleway;
const opened: ScalewayProvider[] = [];

before(async () => {
  fake = await FakeScaleway.start({ env, secretKey: KEY, zones: ['fr-par-1', ZONE] });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  fake.faults = [];
  fake.calls.length = 0;
});
after(() => fake.close());

const context = () => ({ signal: AbortSignal.timeout(30_000), correlationId: 'cor_test' });

function providerWith(changes: Partial<ScalewayOptions> = {}): ScalewayProvider {
  const options = optionsOf(
    scalewayCredentialSchema.parse({ secret_key: KEY, project_id: PROJECT, zones: ZONE }),
  );
  const provider = new ScalewayProvider({
    ...{ ...options, ...changes, baseUrl: fake.url, secretKey: new Secret(KEY), clock: env.clock },
  });
  opened.push(provider);
  return provider;
}

let attempts = 0;
function orderOf(type: string, changes: Partial<CreateServer> = {}): CreateServer {
  attempts += 1;
  const owner = { installation: 'own', instance: 'inst_own', attempt: `att_${attempts}`, expiresAtMs: 5 };
  return {
    ...{ zone: ZONE, type, name: 'inv-own', owner, userData: '#!/bin/sh\n', rootBytes: 150 * GB, parts: [] },
    ...changes,
  };
}

const bodyOfCreate = () =>
  fake.calls.findLast(({ path }) => path.endsWith('/servers'))?.body as Record<string, unknown>;

describe('disks of a server', { timeout: 60_000 }, () => {
  it('are a block root of the wanted size, and scratch where the type has it', async () => {
    const scratch: Record<string, number> = {
      'L40S-1-48G': 1_600,
      'H100-SXM-2-80G': 3_200,
      'B300-SXM-2-288G': 6_000,
    };
    for (const type of ['L4-1-24G', ...Object.keys(scratch)]) {
      await providerWith().createServer(context(), orderOf(type));
      const size = scratch[type];
      assert.deepEqual(bodyOfCreate()['volumes'], {
        0: { size: 150 * GB, volume_type: 'sbs_volume' },
        ...(size ? { 1: { name: 'inv-own-scratch', size: size * GB, volume_type: 'scratch' } } : {}),
      });
    }
  });

  it('are the local disk of RENDER-S, with the image for it', async () => {
    const server = await providerWith().createServer(context(), orderOf('RENDER-S'));
    assert.deepEqual(bodyOfCreate()['volumes'], { 0: { size: 150 * GB, volume_type: 'l_ssd' } });
    assert.equal(bodyOfCreate()['image'], '11063548-7ade-4faa-8be1-f48f8d3ba3eb');
    const [root] = server.volumes;
    assert(root);
    const volume = await providerWith().findVolume(context(), root);
    assert.deepEqual([volume?.kind, volume?.isBoot], ['local', true]);
  });

  it('are refused with a way out where a local one is wanted and cannot be', async () => {
    const local = providerWith({ rootVolume: 'local' });
    for (const type of ['L4-1-24G', 'L40S-1-48G', 'H100-SXM-2-80G', 'B300-SXM-2-288G']) {
      const error = await rejects(local.createServer(context(), orderOf(type)), 'invalid', false);
      assert.match(error.message, new RegExp(`${type} has no local disk.*use a block volume`));
    }
    const large = orderOf('RENDER-S', { rootBytes: 500 * GB });
    const error = await rejects(providerWith().createServer(context(), large), 'invalid', false);
    assert.match(error.message, /400 GB at most, and 500 GB are needed/);
    await providerWith({ rootVolume: 'block' }).createServer(context(), large);
    assert.ok(fake.calls.filter(({ method }) => method === 'POST').length === 1, 'refused before any order');
  });

  it('all go, also those that Scaleway leaves behind', async () => {
    const provider = providerWith();
    for (const type of ['RENDER-S', 'L40S-1-48G']) {
      const order = orderOf(type, { owner: { ...orderOf(type).owner, installation: `end-${type}` } });
      const server = await provider.createServer(context(), order);
      await provider.deleteServer(context(), server.ref);
      const owned = await provider.listOwned(context(), `end-${type}`, [ZONE]);
      assert.equal(
        owned.length,
        server.volumes.length,
        'removed while stopped, it leaves its disks with our mark',
      );
      for (const ref of server.volumes) {
        await until(async () =>
          provider.deleteVolume(context(), ref).then(
            () => true,
            () => undefined,
          ),
        );
      }
      assert.deepEqual(await provider.listOwned(context(), `end-${type}`, [ZONE]), []);
    }
  });

  it('grow before the start where Scaleway made them too small', async () => {
    const provider = providerWith();
    const order = orderOf('L4-1-24G');
    const server = await provider.createServer(context(), order);
    const root = fake.world.volumes.get(server.volumes[0]?.id ?? '');
    assert(root);
    root.size = 20 * GB;
    await provider.prepareServer(context(), server.ref, order);
    assert.equal(root.size, 150 * GB);
  });
});

describe('a server of Scaleway', { timeout: 60_000 }, () => {
  it('gets the first image that fits, and a clear refusal where none does', async () => {
    const provider = providerWith({ images: ['no_such_label', 'ubuntu_jammy', 'ubuntu_jammy_gpu_os_12'] });
    await provider.createServer(context(), orderOf('L4-1-24G'));
    assert.equal(bodyOfCreate()['image'], '8063548b-7ade-4faa-8be1-f48f8d3ba3ea');
    const none = providerWith({ images: ['ubuntu_jammy'] });
    const error = await rejects(none.createServer(context(), orderOf('L4-1-24G')), 'invalid', false);
    assert.match(
      error.message,
      /no image for L4-1-24G \(x86_64\) in fr-par-2 under any of the labels ubuntu_jammy/,
    );
    const arm = orderOf('COPARM1-2C-8G');
    await rejects(provider.createServer(context(), arm), 'invalid', false);
  });

  it('joins the private network of its zone, once', async () => {
    const provider = providerWith({ privateNetworks: new Map([[ZONE, NETWORK]]) });
    const order = orderOf('L4-1-24G');
    const { ref } = await provider.createServer(context(), order);
    await provider.prepareServer(context(), ref, order);
    await provider.prepareServer(context(), ref, order);
    assert.deepEqual(
      fake.world.servers.get(ref.id)?.nics.map((nic) => nic.private_network_id),
      [NETWORK],
    );
  });

  it('is deleted in the way that its state asks for, and not at all while it is protected', async () => {
    const provider = providerWith();
    const server = await provider.createServer(context(), orderOf('L4-1-24G'));
    const own = fake.world.servers.get(server.ref.id);
    assert(own);
    own.isProtected = true;
    await rejects(provider.deleteServer(context(), server.ref), 'locked', false);
    own.isProtected = false;
    own.state = 'stopped in place';
    await provider.deleteServer(context(), server.ref);
    assert.deepEqual(fake.calls.at(-1)?.body, { action: 'terminate' });
    await provider.deleteServer(context(), server.ref);
    assert.equal(fake.calls.at(-1)?.method, 'GET', 'what is on its way is not ordered again');
  });

  it('in a state that nobody has heard of is unknown, told as it is, and not deleted blindly', async () => {
    const provider = providerWith();
    const server = await provider.createServer(context(), orderOf('L4-1-24G'));
    const own = fake.world.servers.get(server.ref.id);
    assert(own);
    own.state = 'hibernating';
    own.detail = 'deep';
    const found = await provider.findServer(context(), server.ref);
    assert.deepEqual([found?.state, found?.rawState], ['unknown', 'hibernating (deep)']);
    await rejects(provider.deleteServer(context(), server.ref), 'conflict', false);
    own.state = 'locked';
    assert.equal((await provider.findServer(context(), server.ref))?.state, 'error');
    await rejects(provider.deleteServer(context(), server.ref), 'locked', false);
  });

  it('is reached on the worker ports alone, from where its account says', async () => {
    const provider = providerWith({ inboundFrom: ['203.0.113.0/24', '2001:db8::/32'] });
    const owner = orderOf('L4-1-24G').owner;
    const group = await provider.createPart(context(), {
      kind: 'security_group',
      zone: ZONE,
      name: 'g',
      owner,
    });
    const made = fake.world.groups.get(group.ref.id);
    assert.deepEqual([made?.policy, made?.rules], ['drop', []], 'nobody is let in before');
    const order = orderOf('L4-1-24G', { parts: [{ kind: 'security_group', ref: group.ref }] });
    const { ref } = await provider.createServer(context(), order);
    await provider.prepareServer(context(), ref, order);
    assert.deepEqual(
      made?.rules.map((rule) => `${rule['ip_range']} ${rule['dest_port_from']}`),
      ['203.0.113.0/24 8000', '203.0.113.0/24 8080', '2001:db8::/32 8000', '2001:db8::/32 8080'],
    );
  });

  it('makes no key, and does not ask Scaleway for one', async () => {
    const owner = orderOf('L4-1-24G').owner;
    const key = providerWith().createPart(context(), { kind: 'key', zone: ZONE, name: 'k', owner });
    await rejects(key, 'unsupported', false);
    assert.equal(fake.calls.length, 0);
  });
});

describe('the catalogue of Scaleway', { timeout: 60_000 }, () => {
  it('has whole GPUs, which of them it gives up, their price in euros, stock, and the memory that can be used', async () => {
    fake.world.stock.set(`${ZONE} L40S-1-48G`, 'shortage');
    fake.world.stock.set(`${ZONE} RENDER-S`, 'a new word');
    const offers = await providerWith().listOffers(context());
    fake.world.stock.clear();
    const told = offers.map(({ type, price, availability, gpuCount }) => [
      ...[type, gpuCount, price?.nanosPerHour, price?.currency, availability],
    ]);
    assert.deepEqual(told, [
      ['L4-1-24G', 1, 787_500_000, 'EUR', 'available'],
      ['L40S-1-48G', 1, 1_469_916_000, 'EUR', 'shortage'],
      ['H100-SXM-2-80G', 2, 6_619_800_000, 'EUR', 'available'],
      ['B300-SXM-2-288G', 2, 18_960_000_000, 'EUR', 'available'],
      ['RENDER-S', 1, 1_221_000_000, 'EUR', 'unknown'],
      ['GPU-3070-S', 1, 900_000_000, 'EUR', 'available'],
    ]);
    assert.deepEqual(
      offers.filter(({ isEnding }) => isEnding).map(({ type }) => type),
      ['GPU-3070-S'],
    );
    const of = (type: string) => offers.find((offer) => offer.type === type);
    assert.equal(of('L4-1-24G')?.vramBytesPerGpu, 22_888 * 2 ** 20);
    assert.equal(of('H100-SXM-2-80G')?.vramBytesPerGpu, 80 * 2 ** 30);
    assert.equal(of('L40S-1-48G')?.scratchBytesMax, 1_600 * GB);
    assert.equal(of('RENDER-S')?.scratchBytesMax, 400 * GB);
  });

  it('without a price has none, never one of zero', async () => {
    const price = fake.faults;
    fake.faults = [
      {
        strikes: ({ path }) => path.endsWith('/products/servers'),
        how: {
          ...{ do: 'answer', status: 200, headers: { 'x-total-count': '2' } },
          body: { servers: { A: { gpu: 1 }, B: { gpu: 1, hourly_price: 0, gpu_info: null } } },
        },
      },
      {
        strikes: ({ path }) => path.endsWith('/availability'),
        how: { do: 'answer', status: 200, headers: { 'x-total-count': '0' }, body: { servers: {} } },
      },
    ];
    const offers = await providerWith().listOffers(context());
    fake.faults = price;
    assert.deepEqual(
      offers.map((offer) => [offer.type, offer.price, offer.availability]),
      [
        ['A', null, 'unknown'],
        ['B', null, 'unknown'],
      ],
    );
  });
});

describe('lists of Scaleway', { timeout: 60_000 }, () => {
  it('in which a row vanishes between two pages are no lists', async () => {
    const provider = providerWith();
    const owner = { ...orderOf('x').owner, installation: 'shrinking' };
    const make = () => provider.createPart(context(), { kind: 'address', zone: ZONE, name: 'a', owner });
    for (let made = 0; made < 101; made += 1) await make();
    const first = [...fake.world.ips.values()].find((ip) => ip.tags.includes('inv_installation=shrinking'));
    assert(first);
    // One goes and one comes while pages are read: their number stays the same.
    fake.faults = [
      {
        strikes: (request) => {
          const isSecond =
            isHoldings(request) && request.path.endsWith('/ips') && request.query.get('page') === '2';
          if (isSecond && fake.world.ips.delete(first.id)) {
            fake.world.createIp(fake.world.made(ZONE, PROJECT, first.tags));
          }
          return false;
        },
        how: { do: 'short' },
      },
    ];
    const error = await rejects(provider.listOwned(context(), 'shrinking', [ZONE]), 'retryable', false);
    assert.equal(error.facts.providerCode, 'incomplete_list');
    fake.faults = [];
    assert.equal((await provider.listOwned(context(), 'shrinking', [ZONE])).length, 101);
  });
});

describe('the credential of an account', () => {
  it('says what is wrong with it, and reads the same again as it was kept', () => {
    const right = {
      ...{ secret_key: KEY, project_id: PROJECT, zones: 'fr-par-1, fr-par-2', data_volume: true },
      ...{ private_networks: `fr-par-2=${NETWORK}`, inbound_from: '203.0.113.0/24' },
    };
    const kept = scalewayCredentialSchema.parse(
      JSON.parse(JSON.stringify(scalewayCredentialSchema.parse(right))),
    );
    const options = optionsOf(kept);
    assert.deepEqual(options.zones, ['fr-par-1', 'fr-par-2']);
    assert.equal(options.privateNetworks.get('fr-par-2'), NETWORK);
    assert.deepEqual(options.inboundFrom, ['203.0.113.0/24']);
    for (const wrong of [
      { secret_key: `SCW${'X'.repeat(17)}` },
      { zones: 'paris' },
      { zones: ',' },
      { root_volume: 'tape' },
      { private_networks: 'fr-par-2' },
      { inbound_from: 'everywhere' },
      { api_url: 'http://169.254.169.254' },
    ]) {
      assert.equal(
        scalewayCredentialSchema.safeParse({ ...right, ...wrong }).success,
        false,
        JSON.stringify(wrong),
      );
    }
  });
});
