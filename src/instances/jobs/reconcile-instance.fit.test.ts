/** A model is placed only where it can be served, and its engine is told what follows from the machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceTypeId } from '#kernel/ids.ts';
import { registerWorker } from '../commands/register-worker.ts';
import { type Bench, driveTo, KEYS, openBench, order, recordOf, SETTINGS } from '../testing/bench.ts';

const SHAPE = {
  family: 'llama',
  layers: 32,
  attention_heads: 32,
  kv_heads: 8,
  head_dim: 128,
  latent_dim: null,
  attention: [{ layers: 32, window: null }],
  dtype: 'bfloat16',
  quantisation: null,
  experts: null,
};

async function addType(bench: Bench, gpuKind: string, gib: number, gpus = 1) {
  const id = `type_${gpuKind}_${gpus}` as InstanceTypeId;
  await bench.db.query(
    `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus, memory_bytes, arch)
     values ($1, 'mock', $1, $2, $3, $4, 8, 48e9, 'x86_64')`,
    [id, gpus, gpuKind, gib * 2 ** 30],
  );
  return { zone: 'mock-a', instanceTypeId: id, price: null };
}
const creates = (bench: Bench) => bench.provider.calls.filter((call) => call === 'createServer').length;

test('what was found not to fit after it was ordered is passed over without asking the provider', async (t) => {
  const bench = await openBench(t);
  const [small, large] = [await addType(bench, 'L4', 8), await addType(bench, 'H100', 80)];
  const id = await order(bench, 'demo-1', [small, large]);
  // Somebody corrects the model's size before its machine is ordered.
  await bench.db.query(`update models set weights_bytes = 60e9, shape = $1, context_length = 8192`, [
    JSON.stringify(SHAPE),
  ]);
  await driveTo(bench, id, 'installing');
  assert.equal(creates(bench), 1);
  const { instance, offers } = await recordOf(bench, id);
  assert.equal(instance.instanceType, large.instanceTypeId);
  assert.deepEqual(
    offers.map(({ refusalKind }) => refusalKind),
    ['does_not_fit', null, null],
    'the one between is left out too, by never being chosen',
  );
  assert.match(offers[0]?.refusalMessage ?? '', /org\/model needs .* too little/);
});

test('when it fits none of what was ordered, the order fails and says why, and nothing is rented', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench, 'demo-1', [await addType(bench, 'P100', 80)]);
  await bench.db.query('update models set weights_bytes = 60e9');
  await driveTo(bench, id, 'provisioning_failed');
  assert.equal(creates(bench), 0);
  assert.equal((await recordOf(bench, id)).instance.stateReason, 'does_not_fit');
});

test('an engine is told how many GPUs share the model and how long a request may be', async (t) => {
  const bench = await openBench(t);
  await bench.db.query(
    `update models set shape = $1, context_length = 131072, engine_args = '["--max-num-seqs", "8"]'`,
    [JSON.stringify(SHAPE)],
  );
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const userData = bench.provider.living.find((server) => server.order.owner.instance === id)?.order.userData;
  const gpu = (index: number, gib: number, capability: string | null) => {
    return { index, name: 'NVIDIA L4', memory_bytes: gib * 2 ** 30, compute_capability: capability };
  };
  const register = (gpus: ReturnType<typeof gpu>[]) =>
    registerWorker(
      { env: bench.env, db: bench.db, keys: KEYS, settings: SETTINGS },
      {
        bootstrap_token: (userData ?? '').slice('token='.length),
        nonce: 'f'.repeat(32),
        agent: { version: '1', sha256: 'a', build_date: '2026-11-01' },
        machine: { hostname: 'm', cpus: 8, memory_bytes: 48e9, gpus },
      },
    );
  const ordered = await register([]);
  assert.deepEqual(ordered.engine.args, ['--max-num-seqs', '8']);
  assert.ok(ordered.model.context_length >= 8_192 && ordered.model.context_length < 131_072, 'cut to the L4');
  // The same registration, repeated by a machine that tells its GPUs: they count, not what was ordered.
  const four = await register([0, 1, 2, 3].map((index) => gpu(index, 80, '8.9')));
  assert.deepEqual(four.engine.args, ['--tensor-parallel-size', '4', '--max-num-seqs', '8']);
  assert.equal(four.model.context_length, 131_072);
  const old = await register([gpu(0, 80, '7.5')]);
  assert.deepEqual(old.engine.args, ['--dtype', 'half', '--max-num-seqs', '8']);
  const tiny = await register([gpu(0, 4, null)]);
  assert.equal(
    tiny.model.context_length,
    131_072,
    'what cannot fit is tried as it was meant: the engine says why',
  );
});

test('what a machine has is kept for its type, and repeating a registration keeps it once', async (t) => {
  const bench = await openBench(t);
  const id = await order(bench);
  await driveTo(bench, id, 'installing');
  const userData = bench.provider.living.find((server) => server.order.owner.instance === id)?.order.userData;
  const [type] = await bench.db.query<{ id: string; vram: number; gpus: number }>(
    `select t.id, t.vram_bytes_per_gpu as vram, t.gpu_count as gpus from instance_types t
     join instances i on i.instance_type_id = t.id where i.id = $1`,
    [id],
  );
  assert(type);
  const usable = Math.floor(type.vram * 0.93);
  const gpus = Array.from({ length: type.gpus }, (_, index) => {
    return { index, name: 'NVIDIA L4', memory_bytes: usable, compute_capability: '8.9' };
  });
  for (const _ of [1, 2]) {
    await registerWorker(
      { env: bench.env, db: bench.db, keys: KEYS, settings: SETTINGS },
      {
        bootstrap_token: (userData ?? '').slice('token='.length),
        nonce: 'e'.repeat(32),
        agent: { version: '1', sha256: 'a', build_date: '2026-11-01' },
        machine: { hostname: 'm', cpus: 8, memory_bytes: 48e9, gpus },
      },
    );
  }
  const kept = await bench.db.query(
    `select instance_id, instance_type_id, vram_bytes_per_gpu from measured_gpus`,
  );
  assert.deepEqual(kept, [{ instance_id: id, instance_type_id: type.id, vram_bytes_per_gpu: usable }]);
});
