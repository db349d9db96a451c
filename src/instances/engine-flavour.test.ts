import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlavour } from '#catalog/flavours/commands.ts';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import { createFlavourSchema } from '#contracts/flavours.ts';
import type { RegisterRequest } from '#contracts/worker.ts';
import { registerWorker } from './commands/register-worker.ts';
import { describeEngine } from './engine-flavour.ts';
import { AGENT, type Bench, driveTo, KEYS, openBench, order } from './testing/bench.ts';

const H200 = { index: 0, name: 'NVIDIA H200', memory_bytes: 150e9, compute_capability: '9.0' };

async function withFlavours(bench: Bench): Promise<void> {
  const made = [
    { name: 'fast', gpu_vendor: 'nvidia', gpu_family: 'ada', image: 'ada:1', args: ['--block-size', '16'] },
    { name: 'fast', gpu_vendor: 'nvidia', gpu_family: 'hopper', image: 'hopper:1' },
  ];
  for (const body of made) {
    await bench.db.transaction((tx) => createFlavour(bench.env, tx, createFlavourSchema.parse(body)));
  }
}

async function register(
  bench: Bench,
  settings: ReturnType<typeof fixedSettings>,
  more: Partial<RegisterRequest['machine']>,
  nonce = 'a',
) {
  const token = bench.provider.living.at(-1)?.order.userData.slice('token='.length) ?? '';
  const machine = { hostname: 'm', cpus: 8, memory_bytes: 48e9, gpus: [], ...more };
  const request = { bootstrap_token: token, nonce: nonce.repeat(32), agent: AGENT, machine };
  return registerWorker({ env: bench.env, db: bench.db, keys: KEYS, settings }, request);
}

test('what would be told is shown before, what was told after, and what is changed meanwhile is not', async (t) => {
  const bench = await openBench(t);
  await withFlavours(bench);
  const settings = fixedSettings(readConfig({ ENGINE_FLAVOUR: 'fast' }));
  const id = await order(bench);
  const shown = () => describeEngine(bench.db, settings, bench.scope, id);
  const planned = await shown();
  assert.deepEqual(planned?.gpu, { vendor: 'nvidia', family: 'ada', is_measured: false });
  assert.deepEqual([planned.is_told, planned.flavour, planned.kind], [false, 'fast', 'simulated']);
  assert.deepEqual(planned.parts?.image, { value: 'ada:1', origin: 'global', flavour: 'fast' });
  assert.equal(planned.parts?.network.origin, 'built_in');

  await driveTo(bench, id, 'installing');
  const response = await register(bench, settings, {});
  assert.deepEqual(response.engine.flavours?.gpu_kind, 'L4');
  assert.deepEqual(
    response.engine.flavours?.layers.map(({ origin, flavour, records }) => [origin, flavour, records.length]),
    [['global', 'fast', 2]],
  );
  await bench.db.query(`update flavours set image = 'later:1'`);
  const told = await shown();
  assert.deepEqual([told?.is_told, told?.parts?.image.value], [true, 'ada:1']);
  assert.deepEqual(
    await register(bench, settings, {}),
    response,
    'a repeated registration is answered alike',
  );
});

test('the GPUs that the agent found decide, and not those that were ordered', async (t) => {
  const bench = await openBench(t);
  await withFlavours(bench);
  const settings = fixedSettings(readConfig({ ENGINE_FLAVOUR: 'fast' }));
  const id = await order(bench);
  await bench.db.query(`update instances set engine = 'vllm' where id = $1`, [id]);
  await driveTo(bench, id, 'installing');
  await register(bench, settings, { gpus: [H200] });
  const shown = await describeEngine(bench.db, settings, bench.scope, id);
  assert.deepEqual(shown?.gpu, { vendor: 'nvidia', family: 'hopper', is_measured: true });
  assert.equal(shown.parts?.image.value, 'hopper:1');
  assert.deepEqual(shown.parts?.args, { value: [], origin: 'built_in', flavour: 'standard' });
});

test('the flavour of the instance type is told, a name that is gone is passed over, and GGUF files have none', async (t) => {
  const bench = await openBench(t);
  await withFlavours(bench);
  await bench.db.query(`update instance_types set flavour = 'fast'`);
  const settings = fixedSettings(readConfig({ ENGINE_FLAVOUR: 'gone' }));
  const id = await order(bench);
  const shown = await describeEngine(bench.db, settings, bench.scope, id);
  assert.equal(shown?.parts?.image.origin, 'instance_type');
  assert.deepEqual(shown.passed_over, [{ origin: 'global', flavour: 'gone', because: 'unknown' }]);
  await bench.db.query(`update instances set engine = 'llama-cpp' where id = $1`, [id]);
  assert.equal(await describeEngine(bench.db, settings, bench.scope, id), null);
  const other = { orgId: 'org_other' as typeof bench.scope.orgId };
  assert.equal(await describeEngine(bench.db, settings, other, id), null);
});

test('an agent that registered before there were flavours runs what is built in', async (t) => {
  const bench = await openBench(t);
  await withFlavours(bench);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  await register(bench, fixedSettings(readConfig({})), {});
  await bench.db.query(`update workers set flavours = null where instance_id = $1`, [id]);
  const settings = fixedSettings(readConfig({ ENGINE_FLAVOUR: 'fast' }));
  const shown = await describeEngine(bench.db, settings, bench.scope, id);
  assert.deepEqual(
    [shown?.is_told, shown?.flavour, shown?.parts?.image.origin],
    [true, 'standard', 'built_in'],
  );
});
