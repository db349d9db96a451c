/** That the verdict of the kill points finds what it is there for: each kind of leak is made by hand and must be told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploy, end } from './kill-points/asking.ts';
import { type Books, type CloudSide, compareBooks, findLeft } from './kill-points/books.ts';
import { Stage } from './kill-points/stage.ts';
import type { BillLine } from './mock-cloud-client.ts';
import { findProcess, waitFor } from './processes.ts';

const LIMIT_MS = 60_000;
const NOBODY = new Set<string>();

const served: BillLine = { kind: 'server', id: 'srv-1', from_ms: 1_000, to_ms: 5_000, micros: 77 };
const cloud: CloudSide = {
  living: [
    { kind: 'server', id: 'srv-2' },
    { kind: 'volume', id: 'vol-2' },
  ],
  bill: [served, { kind: 'server', id: 'srv-2', from_ms: 6_000, to_ms: null, micros: 3 }],
};
const books: Books = {
  instances: [
    {
      id: 'inst_1',
      state: 'booting',
      version: 2,
      path: [
        { from: null, to: 'provisioning', version: 1 },
        { from: 'provisioning', to: 'booting', version: 2 },
      ],
    },
  ],
  attempts: [{ id: 'att_1', kind: 'server', state: 'present', ref: 'srv-2' }],
  volumes: [{ id: 'vol_1', ref: 'vol-2', is_deleted: false }],
  intervals: [
    { kind: 'server', ref: 'mock-a/srv-1', from_ms: 1_000, to_ms: 5_000, micros: 77 },
    { kind: 'server', ref: 'srv-2', from_ms: 6_000, to_ms: null, micros: null },
  ],
  jobs: [],
  findings: [],
};

/** What is told of these books when this is changed. */
function told(change: Partial<Books>, side: Partial<CloudSide> = {}, planted = NOBODY): string[] {
  return compareBooks({ ...cloud, ...side }, { ...books, ...change }, planted);
}

test('right books are right, and what still lives is left', () => {
  assert.deepEqual(told({}), []);
  assert.deepEqual(findLeft(cloud, books), [
    'left at the cloud: server srv-2',
    'left at the cloud: volume vol-2',
    'still on the bill: server srv-2',
    'not ended: inst_1 is booting',
    'not ended: the order of a server, att_1, present, srv-2',
    'not ended: volume vol_1, vol-2',
  ]);
});

test('what exists without a row is told, also beside an ended row, and not what a test planted', () => {
  const orphans = ['orphan: server srv-2 is at the cloud and in no row'];
  assert.deepEqual(told({ attempts: [] }), orphans);
  assert.deepEqual(
    told({ attempts: [{ id: 'att_1', kind: 'server', state: 'absent', ref: 'srv-2' }] }),
    orphans,
  );
  const deleted = [{ id: 'vol_1', ref: 'vol-2', is_deleted: true }];
  assert.deepEqual(told({ volumes: deleted }), ['orphan: volume vol-2 is at the cloud and in no row']);
  assert.deepEqual(told({ volumes: deleted }, {}, new Set(['vol-2'])), []);
});

test('a row of what does not exist is told, and an order that nobody resolved', () => {
  assert.deepEqual(told({}, { living: [] }), [
    'ghost: the order of a server, att_1, present, srv-2 is not at the cloud',
    'ghost: volume vol_1, vol-2 is not at the cloud',
  ]);
  const open = { id: 'att_2', kind: 'key', state: 'called', ref: null };
  assert.deepEqual(told({ attempts: [...books.attempts, open] }), [
    'unresolved: the order of a key, att_2, called, without a name',
  ]);
});

test('a bill is told that differs by a micro-euro, by a millisecond, by a line, or by a line too many', () => {
  const [first, second] = books.intervals;
  assert.ok(first && second);
  const differing = (change: Partial<typeof first>) => told({ intervals: [{ ...first, ...change }, second] });
  assert.deepEqual(differing({ micros: 78 }), [
    "bill: on the cloud's and not on ours: server srv-1 from 1000 to 5000: 77 micro-euros",
    "bill: on ours and not on the cloud's: server srv-1 from 1000 to 5000: 78 micro-euros",
  ]);
  assert.equal(differing({ from_ms: 1_001 }).length, 2);
  assert.equal(differing({ to_ms: null, micros: null }).length, 2);
  assert.equal(told({ intervals: [first] }).length, 1);
  assert.equal(told({ intervals: [first, second, first] }).length, 1);
  assert.equal(told({ intervals: [second] }, {}, new Set(['srv-1'])).length, 0);
});

test('a history that does not lead to its state is told', () => {
  const [instance] = books.instances;
  assert.ok(instance);
  const lie = ['history: inst_1 is ready by another way than its history tells'];
  assert.deepEqual(told({ instances: [{ ...instance, state: 'ready' }] }), lie);
  const gap = instance.path.slice(1);
  assert.equal(told({ instances: [{ ...instance, path: gap }] }).length, 1);
  assert.equal(told({ instances: [{ ...instance, version: 3 }] }).length, 1);
});

test('leaks that are made in a running stack are told: an orphan server, an orphan volume, a ghost, a wrong bill', {
  timeout: 600_000,
}, async () => {
  await using stage = await Stage.open();
  const { deploymentId, instanceId } = await deploy(stage, 'books');
  await stage.untilState(instanceId, 'ready');
  await stage.until('the books are right', async () => (await stage.differences()).length === 0);

  const { zone, type } = await stage.serverOf(instanceId);
  const planted = await stage.plant({ zone, type }, ['inv_installation=ins_of_somebody_else']);
  assert.deepEqual(await stage.differences(), [], 'what was planted is nobody’s');
  for (const id of planted) stage.planted.delete(id);
  const found = (await stage.differences()).join('\n');
  for (const id of planted) assert.match(found, new RegExp(`orphan: (server|volume) ${id} `));
  assert.match(found, new RegExp(`on the cloud's and not on ours: server ${planted[0]} from \\d+ to now`));
  for (const id of planted) stage.planted.add(id);

  await whileNobodyWorks(stage, async () => {
    const { id } = await stage.serverOf(instanceId);
    await stage.cloud.send('POST', `/v1/servers/${id}/preempt`);
    await stage.until(
      'the server is gone',
      async () => (await stage.serverOf(instanceId).catch(() => 0)) === 0,
    );
    const ghosts = (await stage.differences()).join('\n');
    assert.match(
      ghosts,
      new RegExp(`ghost: the order of a server, att_\\w+, present, ${id} is not at the cloud`),
    );
    assert.match(ghosts, new RegExp(`on the cloud's and not on ours: server ${id} from \\d+ to \\d+`));
  });

  await end(stage, deploymentId, instanceId);
  const [server, ...volumes] = planted;
  await stage.cloud.send('DELETE', `/v1/servers/${server}`);
  // Refused for as long as the server has them.
  for (const id of volumes) {
    await stage.until(`${id} can be deleted`, async () => {
      await stage.cloud.send('DELETE', `/v1/volumes/${id}`);
      return true;
    });
  }
  await stage.untilSettled();
  const sql = `update cost_intervals set micros = micros + $1
    where id = (select min(id) from cost_intervals where micros is not null) returning resource_ref as ref`;
  const [changed] = await stage.query<{ ref: string }>(sql, [1]);
  const wrong = await stage.differences();
  assert.equal(wrong.length, 2, wrong.join('\n'));
  assert.ok(wrong.every((line) => line.startsWith('bill: ') && changed && line.includes(changed.ref)));
  await stage.query(sql, [-1]);
  assert.deepEqual(await stage.differences(), []);
});

/** Otherwise the orchestrators would notice before anybody could look. */
async function whileNobodyWorks(stage: Stage, work: () => Promise<void>): Promise<void> {
  await stage.endOthers();
  const pid = await waitFor(() => findProcess(stage.stack, 'orchestrator'), LIMIT_MS, 'the orchestrator');
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
