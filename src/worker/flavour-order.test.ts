import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flavourOrderSchema } from '#contracts/worker.ts';
import { readFlavourOrder } from './flavour-order.ts';

const RECORD = {
  ...{ gpu_vendor: 'nvidia', gpu_family: 'hopper', provider_id: null, image: 'own:1', args: ['--x'] },
  ...{ environment: { A: '1' }, mounts: [{ source: '/data', target: '/data', read_only: false }] },
  ...{ devices: null, network: 'loopback' },
};
const ORDER = {
  gpu_kind: 'H100',
  layers: [{ origin: 'global', flavour: 'fast', records: [RECORD] }],
};
const withRecord = (parts: object) => ({
  gpu_kind: 'H100',
  layers: [{ origin: 'global', flavour: 'fast', records: [{ ...RECORD, ...parts }] }],
});

test('an order is read as the control plane writes it', () => {
  assert.deepEqual(readFlavourOrder(ORDER), flavourOrderSchema.parse(ORDER));
  assert.deepEqual(readFlavourOrder({ layers: [] }), { gpu_kind: '', layers: [] });
});

test('nothing is started on an order that cannot be read', () => {
  for (const wrong of [
    ...[
      null,
      'x',
      [],
      {},
      { layers: {} },
      { layers: [null] },
      { layers: [{ origin: 'x', flavour: 'f', records: [] }] },
    ],
    ...[{ gpu_family: 'volta' }, { gpu_vendor: 'intel' }, { image: 7 }, { args: ['a', 1] }].map(withRecord),
    ...[{ environment: { A: 1 } }, { mounts: [{ source: '/data' }] }, { devices: 'x' }].map(withRecord),
  ])
    assert.throws(() => readFlavourOrder(wrong), { code: 'request.invalid' }, JSON.stringify(wrong));
});

test('a directory that is not said to be writable is not', () => {
  const [layer] = readFlavourOrder(withRecord({ mounts: [{ source: '/a', target: '/b' }] })).layers;
  assert.equal(layer?.records[0]?.mounts?.[0]?.read_only, true);
});
