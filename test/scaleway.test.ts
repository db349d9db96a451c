/**
 * A deployment on Scaleway from outside, with an account of the organisation: the pretended API, real agents. Where
 * the first zone has no room the next is asked, in each of the ways in which Scaleway says so; the orchestrator is
 * killed around each call; and when all has ended nothing is left, of servers, volumes, addresses and groups.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { FakeScaleway } from '#providers/scaleway/testing/fake-scaleway.ts';
import type { RentedMachines } from './rented-machines.ts';
import { type Company, RentedStack } from './rented-stack.ts';
import { scalewayMachines } from './scaleway-machines.ts';

const KEY = '11111111-2222-4333-8444-555555555555';
const PROJECT = '99999999-2222-4333-8444-555555555555';
const TYPE = 'L4-1-24G';

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
  let fake: FakeScaleway;
  let rented: RentedStack;

  before(async () => {
    rented = await RentedStack.open(async (machines) => {
      fake = await openScaleway(machines);
      return companyOf(fake);
    });
  });

  after(() => rented?.close());

  it('sells what the account sees, in euros', async () => {
    const offers = await rented.offersWith(
      ({ zone, availability }) => zone === 'fr-par-2' && availability === 'available',
    );
    const offer = offers.find(({ zone }) => zone === 'fr-par-1');
    assert.equal(offer?.price?.currency, 'EUR');
  });

  it('a machine becomes ready, with a root as large as it was sized, and leaves nothing', async () => {
    const id = await rented.deploy();
    const detail = await rented.untilState(id, 'ready');
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
    await rented.end(id);
  });

  for (const [how, said] of [
    ['refuses the create', 'shortage'],
    ['takes the start and falls back to stopped', 'hidden_shortage'],
  ] as const) {
    it(`goes to the next zone when Scaleway ${how}`, async () => {
      fake.world.stock.set(`fr-par-1 ${TYPE}`, said);
      const id = await rented.deploy('fr-par-1', 'fr-par-2');
      const detail = await rented.untilState(id, 'ready');
      assert.equal(detail.zone, 'fr-par-2');
      assert.deepEqual(
        [...fake.world.servers.values()].map(({ zone }) => zone),
        ['fr-par-2'],
      );
      await rented.end(id);
      fake.world.stock.clear();
    });
  }

  it('survives kill -9 at each call of a life, with one of everything and nothing left', async () => {
    const before = fake.calls.length;
    const hunt = rented.hunt(POINTS);
    const id = await rented.deploy('fr-par-2');
    await rented.untilState(id, 'ready');
    for (const kind of ['servers', 'security_groups', 'ips', 'volumes']) {
      const orders = fake.calls.slice(before).filter(({ method, path, status }) => {
        return method === 'POST' && path.endsWith(`/${kind}`) && status < 300;
      });
      assert.equal(orders.length, 1, `${kind}: what was made before a crash was found again`);
    }
    const [server] = fake.world.servers.values();
    assert.ok((server?.userData.get('cloud-init') ?? '').length > 0, 'it did not start unprepared');
    await rented.end(id);
    const hit = await hunt.end();
    assert.ok(hit.size >= 3, `processes were killed at ${[...hit].join(', ')}`);
  });
});

function openScaleway(machines: RentedMachines): Promise<FakeScaleway> {
  return FakeScaleway.start({
    ...{ env: systemEnv(SILENT_LOG), secretKey: KEY, newAddress: machines.newAddress },
    machines: scalewayMachines(machines),
  });
}

function companyOf(fake: FakeScaleway): Company {
  return {
    ...{ provider: 'scaleway', type: TYPE, zone: 'fr-par-1' },
    credential: { secret_key: KEY, project_id: PROJECT, zones: 'fr-par-1,fr-par-2', data_volume: true },
    ...{ addressSetting: 'SCALEWAY_API_URL', url: fake.url },
    left: () => left(fake),
    close: () => fake.close(),
  };
}

/** Everything there is, by kind. */
function left({ world }: FakeScaleway): string[] {
  return [
    ...[...world.servers.values()].map(({ id, state }) => `server ${id} ${state}`),
    ...[...world.volumes.values()].map(({ id, type }) => `volume ${id} ${type}`),
    ...[...world.ips.keys()].map((id) => `address ${id}`),
    ...[...world.groups.keys()].map((id) => `group ${id}`),
  ];
}
