import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASE_OPTIONS, Differential } from './differential.ts';
import { mutationOf } from './mutations.ts';
import { rawCases } from './raw-cases.ts';
import { Seeded } from './seeded.ts';

const MUTATIONS = 2_000;

test('two gateways that read in different ways agree on every raw request, and fail at none', async () => {
  const complaints: string[] = [];
  const differential = await Differential.start({
    patienceMs: 6_000,
    atOnce: 512,
    say: (text) => complaints.push(text),
  });
  const cases = rawCases(CASE_OPTIONS);
  assert.ok(cases.length >= 1_000);
  await differential.run(cases);
  const random = new Seeded(7);
  await differential.run(Array.from({ length: MUTATIONS }, (_, i) => mutationOf(cases, random, i)));
  await differential.stop();
  assert.deepEqual(
    differential.verdict,
    { crashes: 0, server_errors: 0, disagreements: 0 },
    complaints.join('\n'),
  );
});
