import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseLostError } from '#jobs/jobs.ts';
import {
  attempt,
  findings,
  machine,
  newestRound,
  openStage,
  ownerOf,
  type Stage,
  sweepLease,
  volumeRow,
} from '../sweep/testing/stage.ts';
import { Crash } from '../testing/bench.ts';

/** One machine that is wanted, with all it has, so that there is something to kill by mistake. */
async function wantedMachine(stage: Stage) {
  const { id, attemptId } = await machine(stage, { ref: 'srv-wanted' });
  const owner = ownerOf({ instance: id, attempt: attemptId });
  stage.cloud.put({ kind: 'server', id: 'srv-wanted', owner });
  stage.cloud.put({ kind: 'volume', id: 'vol-root', owner, attachedTo: 'srv-wanted' });
  await volumeRow(stage, id, 'vol-root', { isBoot: true });
  return { id, attemptId };
}

const KEPT = ['server srv-wanted', 'volume vol-root'];

async function sweepUntilQuiet(stage: Stage, rounds = 60): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await stage.sweep();
    const [open] = await stage.bench.db.query<{ count: number }>(
      `select count(*) as count from sweep_findings where closed_at is null`,
    );
    if (open?.count === 0) return;
    await stage.bench.env.sleep(10);
  }
  assert.fail(`findings stay open: ${JSON.stringify(await findings(stage))}`);
}

test('what nobody wants goes, of every kind, servers first; what is wanted stays', async (t) => {
  const stage = await openStage(t);
  const { cloud } = stage;
  await wantedMachine(stage);
  stage.figures.SWEEP_BREAKER_PERCENT = 100;
  const owner = ownerOf();
  cloud.put({ kind: 'key', id: 'key-1', owner });
  cloud.put({ kind: 'security_group', id: 'sg-1', owner, attachedTo: 'srv-1' });
  cloud.put({ kind: 'address', id: 'ip-1', owner, attachedTo: 'srv-1' });
  cloud.put({ kind: 'volume', id: 'vol-1', owner, attachedTo: 'srv-1' });
  cloud.put({ kind: 'server', id: 'srv-1', owner });
  cloud.put({ kind: 'server', id: 'srv-foreign', owner: ownerOf({ installation: 'ins_other' }) });
  cloud.put({ kind: 'server', id: 'srv-untagged' });
  cloud.put({ kind: 'server', id: 'srv-young', owner, createdAtMs: stage.bench.env.clock.now() + 3_600_000 });
  await sweepUntilQuiet(stage);
  assert.deepEqual(cloud.living, [
    'server srv-foreign',
    'server srv-untagged',
    'server srv-wanted',
    'server srv-young',
    'volume vol-root',
  ]);
  assert.deepEqual(
    cloud.calls.filter((call) => call.startsWith('delete')),
    ['delete server', 'delete volume', 'delete address', 'delete security_group', 'delete key'],
  );
  assert.equal((await newestRound(stage)).state, 'complete');
});

test('a second server costs what its own order was promised, also when another offer was taken since', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  stage.figures.SWEEP_BREAKER_PERCENT = 100;
  const { id, attemptId } = await machine(stage, { ref: 'srv-kept' });
  const owner = ownerOf({ instance: id, attempt: attemptId });
  cloud.put({ kind: 'server', id: 'srv-kept', owner });
  cloud.put({ kind: 'server', id: 'srv-second', owner });
  await bench.db.query(`update instance_offers set price_nanos_per_hour = 111 where instance_id = $1`, [id]);
  await bench.db.query(`update instances set price_nanos_per_hour = 222 where id = $1`, [id]);
  await sweepUntilQuiet(stage);
  assert.deepEqual(
    await bench.db.query(
      `select edge, nanos_per_hour as nanos from cost_events where resource_ref = 'srv-second' order by edge`,
    ),
    [
      { edge: 'start', nanos: 111 },
      { edge: 'stop', nanos: 111 },
    ],
  );
});

test('an order that may be under way, and a volume that is kept, are nobody’s orphans', async (t) => {
  const stage = await openStage(t);
  for (const state of ['open', 'called'] as const) {
    const { id, attemptId } = await machine(stage, { state });
    stage.cloud.put({
      kind: 'server',
      id: `srv-${state}`,
      owner: ownerOf({ instance: id, attempt: attemptId }),
    });
  }
  const ended = await machine(stage, { state: 'absent', isEnded: true });
  await volumeRow(stage, ended.id, 'vol-kept', { isKept: true });
  const owner = ownerOf({ instance: ended.id, attempt: ended.attemptId });
  stage.cloud.put({ kind: 'volume', id: 'vol-kept', owner });
  await stage.sweep();
  assert.deepEqual(await findings(stage), []);
  assert.deepEqual(stage.cloud.living, ['server srv-called', 'server srv-open', 'volume vol-kept']);
});

test('the rest of an ended machine goes, on its own bill', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const { id, attemptId } = await machine(stage, { state: 'absent', isEnded: true });
  const owner = ownerOf({ instance: id, attempt: attemptId });
  const server = cloud.put({ kind: 'server', id: 'srv-late', owner });
  const address = cloud.put({ kind: 'address', id: 'ip-late', owner });
  await sweepUntilQuiet(stage);
  assert.deepEqual(cloud.living, []);
  const events = await bench.db.query(
    `select resource_ref as ref, edge, (extract(epoch from at) * 1000)::double precision as ms, nanos_per_hour as price
     from cost_events where instance_id = $1 order by 1, 2`,
    [id],
  );
  assert.deepEqual(events, [
    { ref: 'ip-late', edge: 'start', ms: address.createdAtMs, price: 5_000_000 },
    { ref: 'ip-late', edge: 'stop', ms: address.goneAtMs, price: 5_000_000 },
    { ref: 'srv-late', edge: 'start', ms: server.createdAtMs, price: 750_000_000 },
    { ref: 'srv-late', edge: 'stop', ms: server.goneAtMs, price: 750_000_000 },
  ]);
  const actions = await bench.db.query<{ code: string }>(
    `select code from action_log where instance_id = $1 and code like 'SWEEP%' order by id`,
    [id],
  );
  const codes = actions.map(({ code }) => code);
  for (const code of ['SWEEP_FOUND', 'SWEEP_ALERT', 'SWEEP_DELETE', 'SWEEP_GONE'])
    assert.ok(codes.includes(code), code);
});

test('what was billed as gone and is there again is billed for the time since', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const { id, attemptId } = await machine(stage, { state: 'absent', ref: 'srv-back', isEnded: true });
  const owner = ownerOf({ instance: id, attempt: attemptId });
  const server = cloud.put({ kind: 'server', id: 'srv-back', owner });
  for (const [edge, minutes] of [
    ['start', 60],
    ['stop', 30],
  ] as const) {
    await bench.db.query(
      `insert into cost_events (org_id, id, instance_id, resource_kind, resource_ref, edge, at, provider_id, zone,
         nanos_per_hour, currency, created_at)
       values ($1, $2, $3, 'server', 'srv-back', $4, app_now() - make_interval(mins => $5), 'mock', 'mock-a', 1,
         'EUR', app_now())`,
      [bench.scope.orgId, `cev_${edge}`, id, edge, minutes],
    );
  }
  await sweepUntilQuiet(stage);
  const [gap] = await bench.db.query<{ ms: number; from: boolean }>(
    `select (extract(epoch from b.at) * 1000)::double precision as ms,
            a.at = (select at from cost_events where resource_ref = 'srv-back' and edge = 'stop') as "from"
     from cost_events a join cost_events b on b.resource_ref = a.resource_ref and b.edge = 'stop'
     where a.resource_ref like 'srv-back#%' and a.edge = 'start'`,
  );
  assert.deepEqual(gap, { ms: server.goneAtMs, from: true });
});

test('a second server of an order goes, the first stays', async (t) => {
  const stage = await openStage(t);
  const { id, attemptId } = await wantedMachine(stage);
  stage.cloud.put({ kind: 'server', id: 'srv-twin', owner: ownerOf({ instance: id, attempt: attemptId }) });
  await sweepUntilQuiet(stage);
  assert.deepEqual(stage.cloud.living, KEPT);
  assert.deepEqual(await findings(stage), [
    { kind: 'server', ref: 'srv-twin', why: 'stray_of_order', state: 'gone' },
  ]);
});

test('half a listing decides nothing', async (t) => {
  const stage = await openStage(t);
  stage.cloud.put({ kind: 'server', id: 'srv-1', owner: ownerOf() });
  stage.cloud.failures.push({ operation: 'listOwned', kind: 'retryable', left: 2 });
  await stage.sweep();
  await stage.sweep();
  assert.deepEqual(await findings(stage), []);
  const round = await newestRound(stage);
  assert.equal(round.state, 'void');
  assert.match(JSON.stringify(round.errors), /listOwned failed/);
  await sweepUntilQuiet(stage);
  assert.deepEqual(stage.cloud.living, []);
});

test('an account that cannot be listed for long is told of, and its last complete round stays known', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const alerts: unknown[] = [];
  const log = { ...bench.env.log, error: (fields: object) => void alerts.push(fields) };
  Object.assign(bench.env, { log });
  await stage.sweep();
  cloud.failures.push({ operation: 'listOwned', kind: 'auth', left: 2 });
  await stage.sweep();
  assert.deepEqual(alerts, []);
  stage.figures.ALARM_AFTER_MS = 0;
  await stage.sweep();
  assert.deepEqual(
    alerts.map((one) => (one as { alert: string }).alert),
    ['SWEEP_BLIND'],
  );
  const states = await bench.db.query(`select state from sweep_rounds order by started_at, id`);
  assert.deepEqual(states, [{ state: 'complete' }, { state: 'void' }, { state: 'void' }]);
});

test('rows are read after the listing, so what is ordered meanwhile is safe', async (t) => {
  const stage = await openStage(t);
  const { id, attemptId } = await machine(stage, { state: 'absent' });
  stage.cloud.put({ kind: 'server', id: 'srv-1', owner: ownerOf({ instance: id, attempt: attemptId }) });
  stage.cloud.duringList = async () => {
    await stage.bench.db.query(
      `update provision_attempts set state = 'present', provider_ref = 'srv-1' where id = $1`,
      [attemptId],
    );
  };
  await stage.sweep();
  assert.deepEqual(await findings(stage), []);
  assert.deepEqual(stage.cloud.living, ['server srv-1']);
});

test('a finding that a row wants before its delete is let go', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const { id, attemptId } = await machine(stage, { state: 'absent' });
  cloud.put({ kind: 'server', id: 'srv-1', owner: ownerOf({ instance: id, attempt: attemptId }) });
  bench.atCrashPoint = (name) => {
    if (name === 'sweep-provider.plan.committed') throw new Crash(name);
  };
  await assert.rejects(stage.sweep(), Crash);
  bench.atCrashPoint = () => undefined;
  await bench.db.query(
    `update provision_attempts set state = 'present', provider_ref = 'srv-1' where id = $1`,
    [attemptId],
  );
  await stage.sweep();
  assert.deepEqual(cloud.living, ['server srv-1']);
  assert.deepEqual(await findings(stage), [
    { kind: 'server', ref: 'srv-1', why: 'seen_after_absence', state: 'wanted' },
  ]);
});

test('deletes that are accepted and do nothing are repeated, and told of, until the end', async (t) => {
  const stage = await openStage(t);
  const { cloud, bench } = stage;
  cloud.put({ kind: 'server', id: 'srv-1', owner: ownerOf() });
  cloud.ignoresDelete = true;
  stage.figures.ALARM_AFTER_MS = 0;
  for (let round = 0; round < 5; round++) {
    await stage.sweep();
    await bench.env.sleep(15);
  }
  assert.ok(cloud.calls.filter((call) => call === 'delete server').length > 1);
  const [finding] = await bench.db.query(
    `select state, alarmed_at is not null as alarmed, closed_at from sweep_findings`,
  );
  assert.deepEqual(finding, { state: 'deleting', alarmed: true, closed_at: null });
  cloud.ignoresDelete = false;
  await sweepUntilQuiet(stage);
  assert.deepEqual(cloud.living, []);
});

test('without tombstones absence is a proof only a window after the delete', async (t) => {
  const stage = await openStage(t);
  const { cloud } = stage;
  cloud.capabilities = { ...cloud.capabilities, tombstones: false, visibilityWindowMs: 3_600_000 };
  cloud.put({ kind: 'server', id: 'srv-1', owner: ownerOf() });
  await stage.sweep();
  await stage.sweep();
  assert.deepEqual(cloud.living, []);
  assert.equal((await findings(stage))[0]?.state, 'deleting');
  cloud.capabilities = { ...cloud.capabilities, visibilityWindowMs: 10 };
  await sweepUntilQuiet(stage);
});

test('what two complete rounds miss is told to its reconciler, once seen it is forgotten', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const { id } = await wantedMachine(stage);
  const lost = cloud.things.get('server srv-wanted');
  assert.ok(lost);
  lost.goneAtMs = bench.env.clock.now();
  const generation = async () => {
    const [row] = await bench.db.query<{ generation: number }>(
      `select generation from jobs where kind = 'reconcile-instance' and subject_id = $1`,
      [id],
    );
    return row?.generation ?? 0;
  };
  const before = await generation();
  await stage.sweep();
  assert.equal(await generation(), before, 'one round is not enough');
  cloud.failures.push({ operation: 'listOwned', kind: 'retryable', left: 1 });
  await stage.sweep();
  assert.equal(await generation(), before, 'a round that is void does not count');
  await stage.sweep();
  assert.equal(await generation(), before + 1);
  assert.equal((await newestRound(stage)).missing, 1);
  lost.goneAtMs = undefined;
  await stage.sweep();
  assert.deepEqual(await bench.db.query('select 1 from sweep_missing'), []);
});

test('a whole fleet that two rounds miss is told at once, each machine once', async (t) => {
  const stage = await openStage(t);
  const { bench } = stage;
  const lost: string[] = [];
  for (let index = 0; index < 12; index++) {
    const { id } = await machine(stage, { ref: `srv-lost-${index}` });
    await bench.db.query(
      `insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes, is_boot,
         delete_on_terminate, created_at)
       values ($1, $2, $3, 'mock', $2, 'mock-a', 'block', 1, true, true, app_now() - interval '1 hour')`,
      [bench.scope.orgId, `vol_lost_${index}`, id],
    );
    // Another order that names the very same thing: still one that is missing.
    if (index === 0) await attempt(stage, id, { ref: 'srv-lost-0' });
    lost.push(id);
  }
  await bench.db.query('delete from jobs');
  await stage.sweep();
  const asked = () =>
    bench.db.query<{ kind: string; subject_id: string }>(
      `select kind, subject_id from jobs where kind in ('reconcile-instance', 'release-volume')
       order by kind, subject_id`,
    );
  assert.deepEqual(await asked(), [], 'one round is not enough');
  await stage.sweep();
  const volumes = lost.map((_id, index) => ({ kind: 'release-volume', subject_id: `vol_lost_${index}` }));
  assert.deepEqual(await asked(), [
    ...lost.toSorted(byText).map((id) => ({ kind: 'reconcile-instance', subject_id: id })),
    ...volumes.toSorted((a, b) => (a.subject_id < b.subject_id ? -1 : 1)),
  ]);
  const told = () =>
    bench.db.query<{ instance_id: string }>(
      `select instance_id from action_log where code = 'SWEEP_MISSING' order by instance_id`,
    );
  const toldOnce = lost.toSorted(byText).map((id) => ({ instance_id: id }));
  assert.deepEqual(await told(), toldOnce);
  await stage.sweep();
  assert.deepEqual(await told(), toldOnce, 'the same word is not repeated within minutes');
});

test('a volume of a living machine without a row gets one, with its cost', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const { id, attemptId } = await wantedMachine(stage);
  const owner = ownerOf({ instance: id, attempt: attemptId });
  const extra = cloud.put({ kind: 'volume', id: 'vol-extra', owner, attachedTo: 'srv-wanted' });
  await stage.sweep();
  await stage.sweep();
  const rows = await bench.db.query(
    `select v.instance_id as id, v.delete_on_terminate as goes, (extract(epoch from c.at) * 1000)::double precision as ms
     from instance_volumes v join cost_events c on c.resource_ref = v.provider_ref where v.provider_ref = 'vol-extra'`,
  );
  assert.deepEqual(rows, [{ id, goes: true, ms: extra.createdAtMs }]);
  assert.deepEqual(await findings(stage), []);
});

test('too many orphans trip the breaker, whatever the rows say', async (t) => {
  const stage = await openStage(t);
  const { cloud } = stage;
  for (let index = 0; index < 9; index++) {
    const { id, attemptId } = await machine(stage, { state: 'absent', isEnded: true });
    cloud.put({ kind: 'server', id: `srv-${index}`, owner: ownerOf({ instance: id, attempt: attemptId }) });
  }
  const before = cloud.living;
  for (let round = 0; round < 3; round++) await stage.sweep();
  assert.deepEqual(cloud.living, before);
  const { held, reported, deleted } = await newestRound(stage);
  assert.deepEqual({ held, reported, deleted }, { held: 'breaker', reported: 9, deleted: 0 });
  // Somebody removes most of them by hand: the list has shrunk, so the rest goes.
  for (let index = 3; index < 9; index++) {
    const thing = cloud.things.get(`server srv-${index}`);
    if (thing) thing.goneAtMs = stage.bench.env.clock.now();
  }
  await sweepUntilQuiet(stage);
  assert.deepEqual(cloud.living, []);
});

test('a crash at any point of a round heals, and the bill is right', async (t) => {
  const stage = await openStage(t);
  const { bench, cloud } = stage;
  const points: string[] = [];
  const make = async (name: string) => {
    const { id, attemptId } = await machine(stage, { state: 'absent', isEnded: true });
    const owner = ownerOf({ instance: id, attempt: attemptId });
    const server = cloud.put({ kind: 'server', id: `srv-${name}`, owner });
    cloud.put({ kind: 'volume', id: `vol-${name}`, owner, attachedTo: `srv-${name}` });
    return { id, server };
  };
  bench.atCrashPoint = (name) => void points.push(name);
  await make('counted');
  await sweepUntilQuiet(stage);
  assert.ok(points.length > 20, `${points.length} crash points`);
  for (let target = 0; target < points.length; target++) {
    let visit = 0;
    bench.atCrashPoint = (name) => {
      if (visit++ === target) throw new Crash(name);
    };
    const { id, server } = await make(`${target}`);
    await stage.sweep().catch((error: unknown) => assert.ok(error instanceof Crash, String(error)));
    await sweepUntilQuiet(stage);
    assert.deepEqual(cloud.living, [], `after ${points[target]}`);
    const events = await bench.db.query<{ edge: string; ms: number }>(
      `select edge, (extract(epoch from at) * 1000)::double precision as ms from cost_events
       where instance_id = $1 and resource_kind = 'server' order by edge`,
      [id],
    );
    const expected = [
      { edge: 'start', ms: server.createdAtMs },
      { edge: 'stop', ms: server.goneAtMs },
    ];
    assert.deepEqual(events, expected, `after ${points[target]}`);
  }
});

test('a run that lost its lease writes nothing', async (t) => {
  const stage = await openStage(t);
  stage.cloud.put({ kind: 'server', id: 'srv-1', owner: ownerOf() });
  const lease = { ...sweepLease(stage.bench), apply: () => Promise.reject(new LeaseLostError('mock')) };
  await assert.rejects(stage.sweep(lease), LeaseLostError);
  assert.deepEqual(await findings(stage), []);
  assert.deepEqual(stage.cloud.living, ['server srv-1']);
});

test('an account that is gone, or a provider that is not enabled, is not swept any more', async (t) => {
  const stage = await openStage(t);
  const outcome = await stage.sweep(sweepLease(stage.bench, 'sweep-provider', 'mock/acc_none'));
  assert.deepEqual(outcome, { done: true });
  assert.deepEqual(stage.cloud.calls, []);
});

test('the first rounds after a start come ten times as often', async (t) => {
  const stage = await openStage(t);
  const delays: unknown[] = [];
  for (let round = 0; round < 22; round++) delays.push(await stage.sweep());
  assert.deepEqual(delays.slice(18), [
    { againInMs: 100 },
    { againInMs: 100 },
    { againInMs: 1_000 },
    { againInMs: 1_000 },
  ]);
});

test('an attempt of another order of the same machine does not save a stray', async (t) => {
  const stage = await openStage(t);
  const { id } = await wantedMachine(stage);
  const older = await attempt(stage, id, { state: 'absent' });
  stage.cloud.put({ kind: 'server', id: 'srv-old', owner: ownerOf({ instance: id, attempt: older }) });
  await sweepUntilQuiet(stage);
  assert.deepEqual(stage.cloud.living, KEPT);
});

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
