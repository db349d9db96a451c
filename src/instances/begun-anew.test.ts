import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsdRate } from '#catalog/price.ts';
import { reinstallInstance } from './commands/reinstall-instance.ts';
import { getInstanceDetail } from './queries.ts';
import { beat, driveTo, driveToReady, openBench, order, reconcile, registerFrom } from './testing/bench.ts';

const DAY_MS = 86_400_000;

test('progress and its figures are those of the present start, and teach later starts nothing wrong', async (t) => {
  const bench = await openBench(t);
  const { db, env, scope, by } = bench;
  const rate = parseUsdRate('0.86@2026-11-01');
  const id = await order(bench);
  await driveToReady(bench, id);
  // Three days pass.
  await db.query(`update instance_steps set completed_at = completed_at - interval '3 days'`);
  await db.transaction((tx) => reinstallInstance(env, tx, scope, id, by));
  await driveTo(bench, id, 'installing');
  const anew = await getInstanceDetail(db, scope, id, rate);
  const stepOf = (detail: typeof anew, name: string) => detail.steps.find(({ step }) => step === name);
  assert.equal(anew.progress, 40, 'the worker of the first start counts no more');
  assert.equal(stepOf(anew, 'worker_installed')?.completed_at, null);
  assert.ok(anew.steps.every(({ stalled }) => !stalled));
  while (bench.link.reinstalls.length === 0) await reconcile(bench, id);
  const [ordered] = bench.link.reinstalls;
  const worker = await registerFrom(bench, `token=${ordered?.bootstrapToken.reveal()}`, 'e'.repeat(32));
  await driveTo(bench, id, 'starting');
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  const done = await getInstanceDetail(db, scope, id, rate);
  assert.equal(done.progress, 100);
  const took = stepOf(done, 'worker_installed')?.duration_ms ?? DAY_MS;
  assert.ok(took < DAY_MS / 2, `${took} ms are not the days since the machine was made`);
  const second = await order(bench, 'second');
  const expected = (await getInstanceDetail(db, scope, second, rate)).steps.map((step) => step.expected_ms);
  assert.ok(
    expected.every((ms) => (ms ?? 0) < DAY_MS),
    JSON.stringify(expected),
  );
});
