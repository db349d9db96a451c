import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Blockv1 } from '@scaleway/sdk-block';
import { type Client, createClient } from '@scaleway/sdk-client';
import { Instancev1 } from '@scaleway/sdk-instance';
import { Marketplacev2 } from '@scaleway/sdk-marketplace';
import { Secret } from '#kernel/secret.ts';
import type { CreateServer, Server } from '#providers/provider.ts';
import { env } from '#providers/provider-bench.ts';
import { ScalewayProvider } from './provider.ts';
import { FakeScaleway } from './testing/fake-scaleway.ts';
import { readRecordings } from './testing/recordings/recording.ts';

/**
 * Who watches the watcher: Scaleway's own SDK reads what our pretended API answers and sends what we send, and the
 * answers of the real API, where recordings lie beside the project, have the fields that ours have.
 */
const KEY = '11111111-2222-4333-8444-555555555555';
const PROJECT = '99999999-2222-4333-8444-555555555555';
const ZONE = 'fr-par-2';
const FOLDER = fileURLToPath(new URL('../../../../shared/fixtures/scaleway', import.meta.url));

let fake: FakeScaleway;
let provider: ScalewayProvider;
let client: Client;

const context = () => ({ signal: AbortSignal.timeout(30_000), correlationId: 'cor_oracle' });

function owner(attempt: string) {
  return { installation: 'oracle', instance: 'inst_oracle', attempt, expiresAtMs: 1_900_000_000_000 };
}

before(async () => {
  // What goes stays on its way, so that it can be looked at.
  fake = await FakeScaleway.start({
    ...{ env, secretKey: KEY, zones: ['fr-par-1', ZONE], times: { endMs: 3_600_000 } },
  });
  provider = new ScalewayProvider({
    ...{ baseUrl: fake.url, secretKey: new Secret(KEY), clock: env.clock, projectId: PROJECT },
    ...{ zones: [ZONE], images: ['ubuntu_jammy_gpu_os_12'], rootVolume: 'auto', hasDataVolume: true },
    ...{ privateNetworks: new Map(), inboundFrom: ['203.0.113.0/24'] },
  });
  client = createClient({
    ...{ accessKey: `SCW${'X'.repeat(17)}`, secretKey: KEY, apiURL: fake.url },
    ...{ defaultProjectId: PROJECT, defaultZone: ZONE, defaultRegion: 'fr-par' },
  });
});

after(async () => {
  await provider.close();
  await fake.close();
});

/** A machine with everything that we make for one. */
async function makeWhole(): Promise<{ server: Server; order: CreateServer }> {
  const parts = await Promise.all(
    (['security_group', 'address', 'volume'] as const).map((kind) =>
      provider.createPart(context(), {
        ...{ kind, zone: ZONE, name: `inv-${kind}`, owner: owner(`att_${kind}`), sizeBytes: 50e9 },
      }),
    ),
  );
  const order: CreateServer = {
    ...{ zone: ZONE, type: 'L40S-1-48G', name: 'inv-oracle', owner: owner('att_server') },
    ...{ userData: '#!/bin/sh\necho é\n', rootBytes: 150e9 },
    parts: parts.map(({ kind, ref }) => ({ kind, ref })),
  };
  const server = await provider.createServer(context(), order);
  await provider.prepareServer(context(), server.ref, order);
  return { server, order };
}

describe("Scaleway's own SDK", { timeout: 60_000 }, () => {
  it('reads all that our pretended API holds, as we read it', async () => {
    const { server, order } = await makeWhole();
    const instance = new Instancev1.API(client);
    const blocks = new Blockv1.API(client);
    const { server: read } = await instance.getServer({ serverId: server.ref.id });
    assert(read);
    assert.deepEqual([read.commercialType, read.state, read.zone], ['L40S-1-48G', 'stopped', ZONE]);
    assert.equal(read.creationDate?.getTime(), server.createdAtMs);
    const kinds = Object.values(read.volumes).map((volume) => volume.volumeType);
    assert.deepEqual(kinds, ['sbs_volume', 'scratch', 'sbs_volume']);
    const tags = [`inv_attempt=${order.owner.attempt}`];
    assert.deepEqual(
      (await instance.listServers({ tags })).servers.map(({ id }) => id),
      [server.ref.id],
    );
    const root = await blocks.getVolume({ volumeId: server.volumes[0]?.id ?? '' });
    assert.deepEqual([root.size, root.status, root.tags.length], [150e9, 'in_use', 4]);
    assert.equal(root.references[0]?.productResourceId, server.ref.id);
    assert.equal((await blocks.listVolumes({ tags, includeDeleted: false })).volumes.length, 1);
    const { ips } = await instance.listIps({ tags: ['inv_attempt=att_address'] });
    assert.deepEqual(
      ips.map((ip) => ip.server?.id),
      [server.ref.id],
    );
    const { securityGroups } = await instance.listSecurityGroups({
      tags: ['inv_attempt=att_security_group'],
    });
    assert.equal(securityGroups[0]?.inboundDefaultPolicy, 'drop');
    const { rules } = await instance.listSecurityGroupRules({ securityGroupId: securityGroups[0]?.id ?? '' });
    assert.deepEqual(
      rules.map((rule) => [rule.direction, rule.protocol, rule.ipRange, rule.destPortFrom]),
      [
        ['inbound', 'TCP', '203.0.113.0/24', 8000],
        ['inbound', 'TCP', '203.0.113.0/24', 8080],
      ],
    );
    await instance.serverAction({ serverId: server.ref.id, action: 'poweron' });
    await instance.waitForServer({ serverId: server.ref.id });
    const found = await provider.findServer(context(), server.ref);
    assert.equal(found?.state, 'running');
    await instance.serverAction({ serverId: server.ref.id, action: 'terminate' });
    assert.equal((await provider.findServer(context(), server.ref))?.state, 'stopping');
  });

  it('reads the catalogue as we do', async () => {
    const instance = new Instancev1.API(client);
    const { servers } = await instance.listServersTypes({ perPage: 100 });
    const offers = await provider.listOffers(context());
    for (const offer of offers) {
      const type = servers[offer.type];
      assert.equal(offer.price?.nanosPerHour, Math.round((type?.hourlyPrice ?? 0) * 1e9), offer.type);
      assert.equal(offer.gpuCount, type?.gpu);
    }
    const stock = await instance.getServerTypesAvailability({ perPage: 100 });
    assert.deepEqual(
      offers.map((offer) => offer.availability),
      offers.map((offer) => stock.servers[offer.type]?.availability),
    );
    const images = await new Marketplacev2.API(client).listLocalImages({
      ...{ imageLabel: 'ubuntu_jammy_gpu_os_12', zone: ZONE, type: 'instance_sbs' },
    });
    assert.ok(images.localImages[0]?.compatibleCommercialTypes.includes('L40S-1-48G'));
  });

  it('sends the bodies that we send', async () => {
    const { server, order } = await makeWhole();
    const instance = new Instancev1.API(client);
    const blocks = new Blockv1.API(client);
    const since = (from: number) => fake.calls.slice(from).filter(({ method }) => method !== 'GET');
    const ours = fake.calls.filter(({ method }) => method !== 'GET');
    const bodyOf = (path: string) => ours.findLast((call) => call.path.endsWith(path))?.body;
    const from = fake.calls.length;
    const [group, address, volume] = order.parts.map(({ ref }) => ref.id);
    await instance
      .createServer({
        ...{ name: order.name, commercialType: order.type, dynamicIpRequired: false, bootType: 'local' },
        ...{ image: '8063548b-7ade-4faa-8be1-f48f8d3ba3ea', project: PROJECT, protected: false },
        ...{
          publicIps: [address ?? ''],
          securityGroup: group ?? '',
          tags: (bodyOf('/servers') as { tags: string[] }).tags,
        },
        volumes: {
          '0': { size: 150e9, volumeType: 'sbs_volume' },
          '1': { name: 'inv-oracle-scratch', size: 1_600e9, volumeType: 'scratch' },
          '2': { id: volume ?? '', volumeType: 'sbs_volume' },
        },
      })
      .catch(() => undefined);
    await blocks.createVolume({
      ...{ name: 'inv-volume', projectId: PROJECT, perfIops: 5_000, fromEmpty: { size: 50e9 } },
      tags: (bodyOf('/block/v1/zones/fr-par-2/volumes') as { tags: string[] }).tags,
    });
    const [theirs, theirVolume] = since(from);
    const { protected: _protected, ...sent } = (theirs?.body ?? {}) as Record<string, unknown>;
    assert.deepEqual(sent, bodyOf('/servers'));
    assert.deepEqual(theirVolume?.body, bodyOf('/block/v1/zones/fr-par-2/volumes'));
    const next = fake.calls.length;
    await instance.serverAction({ serverId: server.ref.id, action: 'poweron' });
    assert.deepEqual(since(next)[0]?.body, { action: 'poweron' });
  });
});

describe('the pretended API', { timeout: 60_000 }, () => {
  it('shows what the real one shows, field by field', async (t) => {
    if (!existsSync(FOLDER)) return t.skip('no recordings beside the project');
    const { server, order } = await makeWhole();
    const [, address] = order.parts;
    const paths = new Map([
      [
        /^\/instance\/v1\/zones\/[^/]+\/servers\/[^/]+$/,
        `/instance/v1/zones/${ZONE}/servers/${server.ref.id}`,
      ],
      [
        /^\/block\/v1\/zones\/[^/]+\/volumes\/[^/]+$/,
        `/block/v1/zones/${ZONE}/volumes/${server.volumes[0]?.id}`,
      ],
      [
        /^\/instance\/v1\/zones\/[^/]+\/volumes\/[^/]+$/,
        `/instance/v1/zones/${ZONE}/volumes/${server.volumes[1]?.id}`,
      ],
      [/^\/instance\/v1\/zones\/[^/]+\/ips\/[^/]+$/, `/instance/v1/zones/${ZONE}/ips/${address?.ref.id}`],
    ]);
    let compared = 0;
    for (const file of readRecordings(FOLDER)) {
      const interactions = 'recording' in file ? file.recording.interactions : [];
      for (const one of interactions) {
        const path = [...paths].find(([form]) => form.test(one.path))?.[1];
        if (one.method !== 'GET' || one.code !== 200 || path === undefined) continue;
        const response = await fetch(fake.url + path, { headers: { 'x-auth-token': KEY } });
        const missing = missingIn(JSON.parse(one.body), await response.json());
        assert.deepEqual(
          missing.filter((name) => !NEWER.has(name)),
          [],
          one.path,
        );
        compared += 1;
      }
    }
    assert.ok(compared > 20, `${compared} answers were compared`);
  });
});

/** Fields that some recordings have and others have not: they came or went with the years. */
const NEWER = new Set([
  '.server.admin_password_encryption_ssh_key_id',
  '.server.admin_password_encrypted_value',
  '.kms_key_id',
  '.server.filesystems',
  '.server.end_of_service',
  '.server.dns',
]);

/** Fields of the real answer that ours has not, or has in another form. */
function missingIn(real: unknown, ours: unknown, path = ''): string[] {
  if (real === null || ours === null) return [];
  if (Array.isArray(real)) {
    if (!Array.isArray(ours)) return [path];
    return real.length > 0 && ours.length > 0 ? missingIn(real[0], ours[0], `${path}[]`) : [];
  }
  if (typeof real !== 'object') return typeof real === typeof ours ? [] : [path];
  if (typeof ours !== 'object') return [path];
  // The disks of a machine are numbered, and each kind of disk has fields of its own.
  if (path === '.server.volumes') return [];
  const theirs = ours as Record<string, unknown>;
  return Object.entries(real).flatMap(([key, value]) =>
    Object.hasOwn(theirs, key) ? missingIn(value, theirs[key], `${path}.${key}`) : [`${path}.${key}`],
  );
}
