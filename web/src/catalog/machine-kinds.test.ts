import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '#contracts/management.ts';
import { isKindNamed, kindsOf } from './machine-kinds.ts';

const offer = (part: Partial<Offer>) =>
  ({
    instance_type_id: 't1',
    instance_type: 'L4-1',
    gpu_kind: 'L4',
    provider: 'mock',
    zone: 'a',
    ...part,
  }) as Offer;

test('a kind stands once, its cheapest zone first, an unknown price last', () => {
  const offers = [
    offer({ zone: 'a', price_micros_per_hour: null }),
    offer({ zone: 'b', price_micros_per_hour: 3 }),
    offer({ zone: 'c', price_micros_per_hour: 2 }),
    offer({ instance_type_id: 't2', zone: 'a', price_micros_per_hour: null }),
  ];
  const kinds = kindsOf(offers);
  assert.deepEqual(
    kinds.map(({ id, lowestMicros }) => [id, lowestMicros]),
    [
      ['t1', 2],
      ['t2', null],
    ],
  );
  assert.deepEqual(
    kinds[0]?.offers.map(({ zone }) => zone),
    ['c', 'b', 'a'],
  );
});

test('a kind is found by the name of one of its zones', () => {
  const [kind] = kindsOf([offer({ zone: 'fr-par-2', price_micros_per_hour: 1 })]);
  assert(kind && isKindNamed(kind, 'PAR-2') && isKindNamed(kind) && !isKindNamed(kind, 'h100'));
});
