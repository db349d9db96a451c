import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '#contracts/management.ts';
import type { OwnVolume } from '#contracts/sweep.ts';
import { fitOf } from '../../../src/contracts/model-fit.ts';
import {
  attachableVolumes,
  chosenFallbacks,
  dearest,
  inOrder,
  moved,
  type OfferOrder,
  offerKey,
  possibleFallbacks,
  suggestName,
} from './draft.ts';

const VALID = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

test('a suggested name is valid for any model id', () => {
  for (const hf_id of [
    'Qwen/Qwen3-0.6B_Instruct',
    '-._/..',
    'x',
    `org/${'Long-Name.'.repeat(20)}`,
    'Modèle/É',
  ]) {
    const name = suggestName({ hf_id }, '4f2a');
    assert.match(name, VALID, hf_id);
    assert.ok(name.length <= 60, name);
  }
});

function fitOn(gib: number) {
  const model = {
    name: 'M',
    weightsBytes: 16e9,
    kvBytesPerToken: 131_072,
    contextLength: 8_192,
    shape: null,
  };
  return fitOf(model, { code: 'X', gpuCount: 1, gpuKind: 'H100', vramBytesPerGpu: gib * 2 ** 30 });
}

function offerOf(part: Partial<Offer>): Offer {
  return {
    instance_type_id: 'itype_1',
    provider: 'mock',
    zone: 'mock-a',
    instance_type: 'MOCK-L4-1',
    gpu_count: 1,
    gpu_kind: 'L4',
    vram_bytes_per_gpu: 1,
    vram_bytes_nominal: 1,
    vram_measured_on: 0,
    vcpus: 1,
    memory_bytes: 1,
    price: null,
    price_micros_per_hour: 1_000,
    availability: 'available',
    service: 'offered',
    told_at: null,
    age_seconds: null,
    stale: null,
    is_enabled: true,
    provider_missing: [],
    fit: fitOn(80),
    usual_start_ms: null,
    usual_start_of: 0,
    speed: null,
    ...part,
  };
}

test('fallbacks are of the same provider, fit, and are named once', () => {
  const first = offerOf({});
  const other = offerOf({ zone: 'mock-b', price_micros_per_hour: 3_000 });
  const offers = [
    first,
    other,
    offerOf({ provider: 'scaleway', zone: 'fr-par-1' }),
    offerOf({ zone: 'mock-c', fit: fitOn(8) }),
    offerOf({ zone: 'mock-d', is_enabled: false }),
    offerOf({ zone: 'mock-e', service: 'ending' }),
    offerOf({ zone: 'mock-f', service: 'unlisted' }),
  ];
  assert.deepEqual(possibleFallbacks(offers, first, []), [other]);
  assert.deepEqual(possibleFallbacks(offers, first, [other]), []);
  const keys = [offerKey(other), 'scaleway/fr-par-1/MOCK-L4-1', offerKey(first)];
  assert.deepEqual(chosenFallbacks(offers, first, keys), [other]);
  assert.equal(dearest([first, other]), 3_000);
  assert.equal(dearest([first, offerOf({ price_micros_per_hour: null })]), null);
});

test('a kept volume is offered where it is, while nobody uses or deletes it', () => {
  const volume: OwnVolume = {
    id: 'vol_1',
    instance_id: 'inst_1',
    instance: 'first',
    instance_state: 'terminated',
    provider: 'mock',
    account_id: null,
    zone: 'mock-a',
    provider_ref: 'v-1',
    kind: 'data',
    size_bytes: 1,
    is_boot: false,
    keep: true,
    price_micros_per_hour: null,
    created_at: '',
    delete_asked_at: null,
    deleted_at: null,
    used_by: null,
    used_by_name: null,
  };
  const offered = (change: Partial<OwnVolume>, accountId: string | null = null) =>
    attachableVolumes([{ ...volume, ...change }], offerOf({}), accountId).length;
  assert.equal(offered({}), 1);
  assert.equal(offered({ account_id: 'pacc_1' }, 'pacc_1'), 1);
  for (const change of [
    { instance_state: 'ready' },
    { zone: 'mock-b' },
    { provider: 'other' },
    { account_id: 'pacc_1' },
    { used_by: 'inst_2' },
    { delete_asked_at: '2026-11-21T00:00:00Z' },
  ]) {
    assert.equal(offered(change), 0, JSON.stringify(change));
  }
});

test('the order of fallbacks is changed one place at a time', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 2, -1), ['a', 'c', 'b']);
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 1), ['b', 'a', 'c']);
  assert.deepEqual(moved(['a', 'b', 'c'], 0, -1), ['a', 'b', 'c']);
});

test('offers are put in the order that is asked for, the unknown ones last', () => {
  const speed = (micros: number | null) =>
    ({
      estimated_tokens_per_second: 1,
      measured_tokens_per_second: null,
      micros_per_million_tokens: micros,
      basis: 'estimated',
    }) as const;
  const offers = [
    offerOf({ zone: 'cheap', price_micros_per_hour: 1, speed: speed(9) }),
    offerOf({ zone: 'quick', price_micros_per_hour: 5, usual_start_ms: 10, speed: null }),
    offerOf({ zone: 'fast', price_micros_per_hour: 9, usual_start_ms: 20, speed: speed(2) }),
  ];
  const zonesBy = (order: OfferOrder) => offers.toSorted(inOrder(order)).map(({ zone }) => zone);
  assert.deepEqual(zonesBy('price'), ['cheap', 'quick', 'fast']);
  assert.deepEqual(zonesBy('million'), ['fast', 'cheap', 'quick']);
  assert.deepEqual(zonesBy('start'), ['quick', 'fast', 'cheap']);
});
