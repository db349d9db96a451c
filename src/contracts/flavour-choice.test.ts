import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseFlavour, FLAVOUR_PARTS, type FlavourLayer, type FlavourRecord } from './flavour-choice.ts';
import {
  GPU_FAMILIES,
  type GpuClass,
  gpuClassOf,
  gpuClassOfMachine,
  vendorOfFamily,
} from './gpu-families.ts';

const HOPPER: GpuClass = { vendor: 'nvidia', family: 'hopper' };

function recordOf(parts: Partial<FlavourRecord>): FlavourRecord {
  const nothing = { image: null, args: null, environment: null, mounts: null, devices: null, network: null };
  return { gpu_vendor: 'nvidia', gpu_family: null, provider_id: null, ...nothing, ...parts };
}

test('families follow from what the driver tells, and from names where it tells nothing', () => {
  const families = (name: string, capability: number | null = null) => {
    const { vendor, family } = gpuClassOf(name, capability);
    return `${vendor}/${family}`;
  };
  assert.equal(families('Tesla T4', 7.5), 'nvidia/turing');
  assert.equal(families('NVIDIA A100', 8), 'nvidia/ampere');
  assert.equal(families('A10G', 8.6), 'nvidia/ampere');
  assert.equal(families('L4', 8.9), 'nvidia/ada');
  assert.equal(families('NVIDIA H100', 9), 'nvidia/hopper');
  for (const capability of [10, 10.3, 11, 12]) assert.equal(families('B', capability), 'nvidia/blackwell');
  assert.equal(families('of tomorrow', 13), 'nvidia/null');
  assert.equal(families('H100'), 'nvidia/hopper');
  assert.equal(families('RTX PRO 6000'), 'nvidia/blackwell');
  assert.equal(families('never heard of'), 'nvidia/null');
  assert.equal(families('AMD Instinct MI300X (gfx942)'), 'amd/cdna3');
  assert.equal(families('MI300X'), 'amd/cdna3');
  assert.equal(families('MI325X'), 'amd/cdna3');
  assert.equal(families('AMD Instinct MI355X'), 'amd/cdna4');
  assert.equal(families('AMD Instinct MI210'), 'amd/cdna2');
  assert.equal(families('0x740f (gfx90a)'), 'amd/cdna2');
  assert.equal(families('AMD Radeon RX 7900 (gfx1100)'), 'amd/rdna3');
  assert.equal(families('AMD Radeon RX 6800 (gfx1030)'), 'amd/null');
  // Named like another one, by a driver that knows better.
  assert.equal(families('H100 of tomorrow', 8), 'nvidia/ampere');
});

test('the oldest GPU of a machine decides for all of it', () => {
  const gpus = [
    { name: 'NVIDIA H100', compute_capability: '9.0' },
    { name: 'NVIDIA A100', compute_capability: '8.0' },
  ];
  assert.deepEqual(gpuClassOfMachine(gpus), { vendor: 'nvidia', family: 'ampere' });
  assert.equal(gpuClassOfMachine([]), undefined);
});

test('without anything named it is what is built in, of the vendor', () => {
  const nvidia = chooseFlavour([], HOPPER).chosen;
  assert.deepEqual([nvidia?.flavour, nvidia?.image.origin], ['standard', 'built_in']);
  assert.match(String(chooseFlavour([], { vendor: 'amd', family: 'cdna3' }).chosen?.image.value), /rocm/);
  assert.ok(chooseFlavour([], { vendor: 'nvidia', family: null }).chosen, 'one newer than this release');
});

test('each part comes from the nearest place that says something of it', () => {
  const layers: FlavourLayer[] = [
    { origin: 'instance_type', flavour: 'a', records: [recordOf({ args: ['--x'] })] },
    { origin: 'provider', flavour: 'b', records: [recordOf({ args: ['--y'], environment: { V: '1' } })] },
    { origin: 'global', flavour: 'c', records: [recordOf({ image: 'i:1', args: [], environment: {} })] },
  ];
  const { chosen } = chooseFlavour(layers, HOPPER);
  assert.equal(chosen?.flavour, 'a');
  assert.deepEqual(chosen?.args, { value: ['--x'], origin: 'instance_type', flavour: 'a' });
  assert.deepEqual(chosen?.environment, { value: { V: '1' }, origin: 'provider', flavour: 'b' });
  assert.deepEqual(chosen?.image, { value: 'i:1', origin: 'global', flavour: 'c' });
  assert.deepEqual(chosen?.network, { value: 'loopback', origin: 'built_in', flavour: 'standard' });
  // An empty list is said; it is not the same as nothing.
  const last = chooseFlavour(layers.slice(2), HOPPER).chosen;
  assert.deepEqual(last?.args, { value: [], origin: 'global', flavour: 'c' });
});

test('of one flavour the record for the family goes before the one for the provider, and that before the rest', () => {
  const records = [
    recordOf({ image: 'all:1' }),
    recordOf({ image: 'provider:1', provider_id: 'p' }),
    recordOf({ image: 'family:1', gpu_family: 'hopper' }),
    recordOf({ image: 'both:1', gpu_family: 'hopper', provider_id: 'p' }),
    recordOf({ image: 'ada:1', gpu_family: 'ada', provider_id: 'p' }),
  ];
  const imageOf = (some: readonly FlavourRecord[], gpu: GpuClass) =>
    chooseFlavour([{ origin: 'global', flavour: 'f', records: some }], gpu).chosen?.image.value;
  assert.equal(imageOf(records, HOPPER), 'both:1');
  assert.equal(imageOf(records.slice(0, 3), HOPPER), 'family:1');
  assert.equal(imageOf(records, { vendor: 'nvidia', family: 'turing' }), 'provider:1');
  assert.equal(imageOf(records, { vendor: 'nvidia', family: 'ada' }), 'ada:1');
});

test('what is named and not used is told, with the reason', () => {
  const { chosen, passedOver } = chooseFlavour(
    [
      { origin: 'instance_type', flavour: 'gone', records: [] },
      { origin: 'global', flavour: 'amd', records: [recordOf({ gpu_vendor: 'amd', image: 'x:1' })] },
    ],
    HOPPER,
  );
  assert.deepEqual(passedOver, [
    { origin: 'instance_type', flavour: 'gone', because: 'unknown' },
    { origin: 'global', flavour: 'amd', because: 'other_gpus' },
  ]);
  assert.equal(chosen?.flavour, 'standard');
});

test('GPUs that nothing is for are refused, until somebody makes a flavour for them', () => {
  const old: GpuClass = { vendor: 'amd', family: null };
  const { chosen, refusal } = chooseFlavour([], old);
  assert.equal(chosen, null);
  assert.match(String(refusal), /AMD GPUs of an unknown family.*administrator/);
  const made = (image: string | null): FlavourLayer[] => [
    { origin: 'global', flavour: 'f', records: [recordOf({ gpu_vendor: 'amd', image })] },
  ];
  assert.equal(chooseFlavour(made(null), old).chosen, null, 'nobody says an image');
  const { chosen: found } = chooseFlavour(made('own:1'), old);
  assert.equal(found?.image.value, 'own:1');
  assert.deepEqual(found?.network.value, 'loopback');
});

const vendor = fc.constantFrom('nvidia' as const, 'amd' as const);
const family = fc.constantFrom(null, ...GPU_FAMILIES);
const record = fc.record({
  gpu_vendor: vendor,
  gpu_family: family,
  provider_id: fc.constantFrom(null, 'p'),
  image: fc.constantFrom(null, 'one:1', 'two:2'),
  args: fc.constantFrom(null, [], ['--a']),
  environment: fc.constantFrom(null, {}, { A: '1' }),
  mounts: fc.constant(null),
  devices: fc.constantFrom(null, ['/dev/kfd']),
  network: fc.constantFrom(null, 'net'),
});
const layer = fc.record({
  origin: fc.constantFrom('instance_type' as const, 'provider' as const, 'global' as const),
  flavour: fc.constantFrom('a', 'b', 'c'),
  records: fc.array(record, { maxLength: 5 }),
});

const gpuClass = fc.tuple(vendor, family).map(([ofVendor, ofFamily]): GpuClass => {
  const isOf = ofFamily !== null && vendorOfFamily(ofFamily) === ofVendor;
  return { vendor: ofVendor, family: isOf ? ofFamily : null };
});

test('what is not for these GPUs changes nothing but the list of what was passed over', () => {
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 4 }), gpuClass, (layers, gpu) => {
      const fits = ({ gpu_vendor: of, gpu_family: at }: FlavourRecord) =>
        of === gpu.vendor && (at === null || at === gpu.family);
      const cleaned = layers
        .map((one) => ({ ...one, records: one.records.filter(fits) }))
        .filter(({ records }) => records.length > 0);
      const [all, some] = [chooseFlavour(layers, gpu), chooseFlavour(cleaned, gpu)];
      assert.deepEqual(all.chosen, some.chosen);
      assert.equal(all.refusal, some.refusal);
      assert.equal(all.passedOver.length, layers.length - cleaned.length);
      assert.equal(all.chosen === null, all.refusal !== null);
    }),
  );
});

test('a nearer place changes what it says, and leaves the rest as it was', () => {
  fc.assert(
    fc.property(fc.array(layer, { maxLength: 4 }), gpuClass, record, (layers, gpu, said) => {
      const before = chooseFlavour(layers, gpu).chosen;
      const nearer = { ...said, gpu_vendor: gpu.vendor, gpu_family: gpu.family, image: said.image ?? 'x:1' };
      const top: FlavourLayer = { origin: 'instance_type', flavour: 'top', records: [nearer] };
      const after = chooseFlavour([top, ...layers], gpu).chosen;
      assert.equal(after?.flavour, 'top');
      for (const part of FLAVOUR_PARTS) {
        const value = nearer[part];
        if (value !== null)
          assert.deepEqual(after?.[part], { value, origin: 'instance_type', flavour: 'top' });
        else if (before !== null) assert.deepEqual(after?.[part].value, before[part].value);
      }
    }),
  );
});
