/**
 * A deployment on AWS from outside, with an account of the organisation: the pretended API, real agents. Where the
 * first zone has no room the next is asked, in both ways in which AWS says so; the orchestrator is killed around each
 * call; and when all has ended nothing is left, of machines, volumes, keys and groups.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { FakeAws } from '#providers/aws/testing/fake-aws.ts';
import type { RentedMachines } from './rented-machines.ts';
import { type Company, RentedStack, until } from './rented-stack.ts';

const KEY = 'FAKEFAKEFAKEFAKEFAKE';
const SECRET = 'the-secret-of-a-whole-stack';
const TYPE = 'g6.xlarge';
/** As `USD_TO_EUR` is unless told otherwise. */
const EUR_PER_USD = 0.86;

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

/** Around what leads from a machine that was ended before it ever ran to the next offer. */
const UNSTARTED_POINTS = [
  'start-in-vain.commit',
  'start-in-vain.committed',
  'leave-offer.commit',
  'leave-offer.committed',
].map((name) => `reconcile-instance.${name}`);

describe('a stack on AWS', { timeout: 900_000 }, () => {
  let fake: FakeAws;
  let rented: RentedStack;

  before(async () => {
    rented = await RentedStack.open(async (machines) => {
      fake = await openAws(machines);
      return companyOf(fake);
    });
  });

  after(() => rented?.close());

  const living = () => [...fake.world.instances.values()].filter(({ state }) => state !== 'terminated');

  it('sells what the account sees, in dollars that become euros, with the address of each machine', async () => {
    const offers = await rented.offersWith(({ zone }) => zone === 'eu-west-3b');
    const offer = offers.find(({ zone }) => zone === 'eu-west-3b');
    assert.deepEqual([offer?.price?.currency, offer?.price?.nanos_per_hour], ['USD', 1_026_600_000]);
  });

  it('a machine becomes ready, with disks as large as they were sized, and leaves nothing', async () => {
    const id = await rented.deploy();
    const detail = await rented.untilState(id, 'ready');
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
    await rented.end(id);
  });

  it('books its disks at the price of the list, from their first moment to their end', async () => {
    const id = await rented.deploy();
    await rented.untilState(id, 'ready');
    const [instance] = living();
    assert(instance);
    const sizeGib = fake.world.volumesOf(instance)[0]?.sizeGib ?? 0;
    const costs = async () => {
      const path = `/api/v1/costs/intervals?instance_id=${id}`;
      const { data } = await rented.api.json<{ data: CostRow[] }>('GET', path);
      return data.filter(({ resource_kind: kind }) => kind === 'volume');
    };
    await until('the costs of both disks', async () => (await costs()).length === 2 || (await costs()));
    const dollars = Math.round((sizeGib * 92_800_000) / 730);
    const euros = Math.round(dollars * EUR_PER_USD);
    for (const row of await costs()) assert.equal(row.nanos_per_hour, euros);
    await rented.end(id);
    await until('the end of both costs', async () => {
      const rows = await costs();
      return rows.every(({ to, micros }) => to !== null && micros !== null) || rows;
    });
  });

  it('goes to the next zone where there is no room', async () => {
    fake.world.stock.set(`eu-west-3a ${TYPE}`, 'none');
    const id = await rented.deploy('eu-west-3a', 'eu-west-3b');
    const detail = await rented.untilState(id, 'ready');
    assert.equal(detail.zone, 'eu-west-3b');
    assert.deepEqual(
      living().map(({ zone }) => zone),
      ['eu-west-3b'],
    );
    await rented.end(id);
    fake.world.stock.clear();
  });

  it('goes there too when the machine is ended before it ever ran, also when it is killed on the way', async () => {
    // What was refused a short while ago would be passed over.
    await rented.offersWith(({ zone, availability }) => zone === 'eu-west-3a' && availability !== 'shortage');
    fake.world.stock.set(`eu-west-3a ${TYPE}`, 'hidden');
    const before = new Set(fake.world.instances.keys());
    const hunt = rented.hunt(UNSTARTED_POINTS);
    const id = await rented.deploy('eu-west-3a', 'eu-west-3b');
    const detail = await rented.untilState(id, 'ready');
    assert.equal(detail.zone, 'eu-west-3b');
    const made = [...fake.world.instances.values()].filter((one) => !before.has(one.id));
    assert.deepEqual(
      made.map(({ zone, state }) => `${zone} ${state}`),
      ['eu-west-3a terminated', 'eu-west-3b running'],
    );
    await rented.end(id);
    const hit = await hunt.end();
    assert.ok(hit.size >= 1, `processes were killed at ${[...hit].join(', ')}`);
    fake.world.stock.clear();
  });

  it('survives kill -9 at each call of a life, with one of everything and nothing left', async () => {
    const before = new Set(fake.world.instances.keys());
    const calls = fake.calls.length;
    const hunt = rented.hunt(POINTS);
    const id = await rented.deploy('eu-west-3b');
    await rented.untilState(id, 'ready');
    const made = [...fake.world.instances.keys()].filter((one) => !before.has(one));
    assert.equal(made.length, 1, 'the same order was the same machine');
    for (const action of ['CreateSecurityGroup', 'ImportKeyPair']) {
      const done = fake.calls.slice(calls).filter((call) => call.action === action && call.status < 300);
      assert.ok(done.length >= 1, action);
    }
    assert.deepEqual([fake.world.groups.size, fake.world.keys.size], [1, 1]);
    await rented.end(id);
    const hit = await hunt.end();
    assert.ok(hit.size >= 3, `processes were killed at ${[...hit].join(', ')}`);
  });
});

interface CostRow {
  readonly resource_kind: string;
  readonly nanos_per_hour: number | null;
  readonly to: string | null;
  readonly micros: number | null;
}

function openAws(machines: RentedMachines): Promise<FakeAws> {
  return FakeAws.start({
    ...{ env: systemEnv(SILENT_LOG), accessKeyId: KEY, secretAccessKey: SECRET },
    newAddress: machines.newAddress,
    machines: {
      // As cloud-init does it, EC2's user data is unpacked first.
      powerOn: ({ id, userData }, address) =>
        machines.powerOn(id, gunzipSync(Buffer.from(userData, 'base64')).toString(), address),
      powerOff: ({ id }) => machines.powerOff(id),
    },
  });
}

function companyOf(fake: FakeAws): Company {
  return {
    ...{ provider: 'aws', type: TYPE, zone: 'eu-west-3a' },
    credential: {
      access_key_id: KEY,
      secret_access_key: SECRET,
      zones: 'eu-west-3a,eu-west-3b',
      data_volume: true,
    },
    ...{ addressSetting: 'AWS_API_URL', url: fake.url },
    left: () => left(fake),
    close: () => fake.close(),
  };
}

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
