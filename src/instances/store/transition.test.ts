import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INSTANCE_STATES, type InstanceState } from '#contracts/instances.ts';
import { constraintOf } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { syncEdges } from '../commands/sync-edges.ts';
import { INSTANCE_EDGES, isEdge, listEdges } from '../instance-machine.ts';
import { assertHistoriesReplay, type Bench, openBench, order, recordOf } from '../testing/bench.ts';
import { announce, completeSteps, raiseModelBytes, transition } from './instances.ts';

type Ids = Awaited<ReturnType<typeof order>>;

async function go(bench: Bench, id: Ids, from: InstanceState, to: InstanceState, version: number) {
  const change = {
    orgId: bench.scope.orgId,
    id,
    from,
    to,
    expectedVersion: version,
    reason: 'ordered',
  } as const;
  await bench.db.transaction((tx) => transition(bench.env, tx, change, bench.by));
}

/** A shortest way from the first state, so that any state can be prepared by legal steps. */
function pathTo(target: InstanceState): InstanceState[] {
  const queue: InstanceState[][] = [['provisioning']];
  const seen = new Set<InstanceState>(['provisioning']);
  for (let path = queue.shift(); path; path = queue.shift()) {
    const last = path.at(-1);
    if (last === target) return path;
    for (const next of last ? INSTANCE_EDGES[last] : []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return assert.fail(`no way to ${target}`);
}

async function prepare(bench: Bench, state: InstanceState): Promise<{ id: Ids; version: number }> {
  const id = await order(bench);
  const path = pathTo(state);
  for (const [index, from] of path.slice(0, -1).entries()) {
    await go(bench, id, from, path[index + 1] ?? from, index + 1);
  }
  return { id, version: path.length };
}

test('of all pairs of states exactly the edges can be written, by transition() and by the database', async (t) => {
  const bench = await openBench(t);
  let legal = 0;
  for (const from of INSTANCE_STATES) {
    const { id, version } = await prepare(bench, from);
    for (const to of INSTANCE_STATES) {
      if (isEdge(from, to)) {
        legal += 1;
        continue;
      }
      await assert.rejects(go(bench, id, from, to, version), /no instance goes from/, `${from} to ${to}`);
      // The same past the code: the history row does not help where the edge is missing.
      const forged = bench.db.transaction(async (tx) => {
        await tx.query(
          `insert into instance_state_history (org_id, instance_id, version, from_state, to_state, reason, actor,
             correlation_id, at) values ($1, $2, $3, $4, $5, 'x', 'x', 'x', app_now())`,
          [bench.scope.orgId, id, version + 1, from, to],
        );
        await tx.query(`update instances set state = $2, state_version = $3 where id = $1`, [
          id,
          to,
          version + 1,
        ]);
      });
      await assert.rejects(
        forged,
        (error) => constraintOf(error) === 'instance_state_guard',
        `${from} to ${to}`,
      );
    }
  }
  assert.equal(legal, listEdges().length);
  await assertHistoriesReplay(bench);
});

test('a random walk along the edges replays from its history', async (t) => {
  const bench = await openBench(t);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(1_000), { maxLength: 12 }), async (choices) => {
      const id = await order(bench);
      let state: InstanceState = 'provisioning';
      for (const [index, choice] of choices.entries()) {
        const edges: readonly InstanceState[] = INSTANCE_EDGES[state];
        const next = edges[choice % Math.max(1, edges.length)];
        if (!next) break;
        await go(bench, id, state, next, index + 1);
        state = next;
      }
      assert.equal((await recordOf(bench, id)).instance.state, state);
    }),
    { numRuns: 15 },
  );
  await assertHistoriesReplay(bench);
});

test('the state cannot be written past transition(): no update, no version, no history alone', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const guarded = (error: unknown) => constraintOf(error) === 'instance_state_guard';
  await assert.rejects(bench.db.query(`update instances set state = 'booting' where id = $1`, [id]), guarded);
  await assert.rejects(
    bench.db.query(`update instances set state = 'booting', state_version = 2 where id = $1`, [id]),
    guarded,
  );
  await assert.rejects(bench.db.query(`update instances set state_version = 2 where id = $1`, [id]), guarded);
  await assert.rejects(
    bench.db.query(
      `insert into instance_state_history (org_id, instance_id, version, from_state, to_state, reason, actor,
         correlation_id, at) values ($1, $2, 2, 'provisioning', 'booting', 'x', 'x', 'x', app_now())`,
      [bench.scope.orgId, id],
    ),
    (error) => constraintOf(error) === 'instance_history_guard',
  );
  await assert.rejects(
    bench.db.query(`delete from instance_state_history where instance_id = $1`, [id]),
    /append-only/,
  );
  await bench.db.query(`update instances set name = 'renamed' where id = $1`, [id]);
});

test('of many who change one state at once one wins, the others learn that they are stale', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => go(bench, id, 'provisioning', 'booting', 1)),
  );
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.equal((outcome.reason as AppError).code, 'instance.stale');
  }
  await assert.rejects(go(bench, id, 'provisioning', 'booting', 1), AppError);
  await assert.rejects(go(bench, id, 'booting', 'installing', 7), AppError);
});

test('leaving the live states revokes the worker, and only that', async (t) => {
  const bench = await openBench(t);
  for (const [from, to, isRevoked] of [
    ['booting', 'installing', false],
    ['starting', 'startup_failed', false],
    ['ready', 'draining', false],
    ['draining', 'terminating', true],
    ['booting', 'failed', true],
  ] as const) {
    const { id, version } = await prepare(bench, from);
    await bench.db.query(
      `insert into workers (org_id, instance_id, bootstrap_hash, bootstrap_expires_at) values ($1, $2, $2, app_now())`,
      [bench.scope.orgId, id],
    );
    await go(bench, id, from, to, version);
    assert.equal((await recordOf(bench, id)).worker?.isRevoked, isRevoked, `${from} to ${to}`);
  }
});

test('a step counts once, and bytes only rise', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  const { db, scope } = bench;
  const once = await db.transaction((tx) => completeSteps(tx, scope, id, ['started', 'request_created']));
  assert.deepEqual(once, ['started']);
  assert.deepEqual(await db.transaction((tx) => completeSteps(tx, scope, id, ['started'])), []);
  const raise = (loaded: number | null, total: number | null) =>
    db.transaction((tx) => raiseModelBytes(tx, scope, id, { loaded, total }));
  assert.equal(await raise(0, 100), true);
  assert.equal(await raise(50, 100), true);
  assert.equal(await raise(50, 100), false);
  assert.equal(await raise(10, 900), false, 'an engine that begins anew does not take progress back');
  assert.equal(await raise(null, null), false);
});

test('what people see of a change goes out with it', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await bench.db.transaction((tx) => announce(tx, bench.scope, id));
  const [row] = await bench.db.query<{ summary: unknown }>(
    `select summary from events where subject_id = $1 and type = 'instance.changed' order by seq desc limit 1`,
    [id],
  );
  assert.deepEqual(row?.summary, { state: 'provisioning', progress: 5 });
});

test('edges that the table lost are taken out of the database again', async (t) => {
  const bench = await openBench(t);
  await bench.db.query(`insert into instance_edges values ('archived', 'ready')`);
  await bench.db.query(`delete from instance_edges where from_state = 'ready'`);
  await syncEdges(bench.env, bench.db);
  await syncEdges(bench.env, bench.db);
  const rows = await bench.db.query<{ from: string; to: string }>(
    `select from_state as from, to_state as to from instance_edges`,
  );
  const text = (edge: { from: string; to: string }) => `${edge.from} ${edge.to}`;
  assert.deepEqual(new Set(rows.map(text)), new Set(listEdges().map(text)));
});
