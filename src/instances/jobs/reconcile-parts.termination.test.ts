import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crash, driveTo, openBench, order, reconcile, terminate } from '../testing/bench.ts';
import { crashAtEach } from '../testing/crashes.ts';

test('termination at any moment of a start with parts leaves nothing', async (t) => {
  const bench = await openBench(t);
  const parts = ['key', 'security_group', 'address', 'volume'] as const;
  bench.provider.capabilities = { ...bench.provider.capabilities, parts };
  await crashAtEach(bench, {
    order: (name) => order(bench, name),
    countIn: async (id) => void (await reconcile(bench, id)),
    act: async (id) => {
      await assert.rejects(reconcile(bench, id), Crash);
      await terminate(bench, id);
      await driveTo(bench, id, 'terminated');
    },
  });
});
