import assert from 'node:assert/strict';
import { test } from 'node:test';
import { microsOf, readPrice } from './host-price.ts';

test('a price is read as people write it, and nothing else is one', () => {
  assert.deepEqual(readPrice('0,85'), { nanos_per_hour: 850_000_000, currency: 'EUR' });
  assert.deepEqual(readPrice(' 2.5 '), { nanos_per_hour: 2_500_000_000, currency: 'EUR' });
  assert.deepEqual(readPrice('0'), { nanos_per_hour: 0, currency: 'EUR' });
  assert.equal(readPrice(''), null, 'unknown, which is not free');
  for (const wrong of ['-1', 'free', '1e3', '1.2.3', '9999999'])
    assert.equal(readPrice(wrong), undefined, wrong);
  assert.equal(microsOf({ nanos_per_hour: 850_000_000, currency: 'EUR' }), 850_000);
  assert.equal(microsOf({ nanos_per_hour: 1, currency: 'USD' }), undefined);
});
