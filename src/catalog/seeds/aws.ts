import type { OfferSeed, ProviderSeed, TypeSeed } from './seed.ts';

/**
 * GPU machines of AWS EC2 as DescribeInstanceTypes listed them in August 2026. Prices are on-demand Linux in dollars,
 * by region, and only where a source gave one; the synchronisation with the price list replaces them.
 */
const GB = 1_000_000_000;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** code, GPUs, kind, MiB per GPU, vCPUs, memory GiB, local disks GB; then the share of a GPU where it is divided. */
const TYPES: readonly (readonly [string, number, string, number, number, number, number, number?])[] = [
  ['g4ad.16xlarge', 4, 'Radeon Pro V520', 8192, 64, 256, 2400],
  ['g4ad.2xlarge', 1, 'Radeon Pro V520', 8192, 8, 32, 300],
  ['g4ad.4xlarge', 1, 'Radeon Pro V520', 8192, 16, 64, 600],
  ['g4ad.8xlarge', 2, 'Radeon Pro V520', 8192, 32, 128, 1200],
  ['g4ad.xlarge', 1, 'Radeon Pro V520', 8192, 4, 16, 150],
  ['g4dn.12xlarge', 4, 'T4', 16_384, 48, 192, 900],
  ['g4dn.16xlarge', 1, 'T4', 16_384, 64, 256, 900],
  ['g4dn.2xlarge', 1, 'T4', 16_384, 8, 32, 225],
  ['g4dn.4xlarge', 1, 'T4', 16_384, 16, 64, 225],
  ['g4dn.8xlarge', 1, 'T4', 16_384, 32, 128, 900],
  ['g4dn.metal', 8, 'T4', 16_384, 96, 384, 1800],
  ['g4dn.xlarge', 1, 'T4', 16_384, 4, 16, 125],
  ['g5.12xlarge', 4, 'A10G', 22_888, 48, 192, 3800],
  ['g5.16xlarge', 1, 'A10G', 22_888, 64, 256, 1900],
  ['g5.24xlarge', 4, 'A10G', 22_888, 96, 384, 3800],
  ['g5.2xlarge', 1, 'A10G', 22_888, 8, 32, 450],
  ['g5.48xlarge', 8, 'A10G', 22_888, 192, 768, 7600],
  ['g5.4xlarge', 1, 'A10G', 22_888, 16, 64, 600],
  ['g5.8xlarge', 1, 'A10G', 22_888, 32, 128, 900],
  ['g5.xlarge', 1, 'A10G', 22_888, 4, 16, 250],
  ['g5g.16xlarge', 2, 'T4g', 16_384, 64, 128, 0],
  ['g5g.2xlarge', 1, 'T4g', 16_384, 8, 16, 0],
  ['g5g.4xlarge', 1, 'T4g', 16_384, 16, 32, 0],
  ['g5g.8xlarge', 1, 'T4g', 16_384, 32, 64, 0],
  ['g5g.metal', 2, 'T4g', 16_384, 64, 128, 0],
  ['g5g.xlarge', 1, 'T4g', 16_384, 4, 8, 0],
  ['g6.12xlarge', 4, 'L4', 22_888, 48, 192, 3760],
  ['g6.16xlarge', 1, 'L4', 22_888, 64, 256, 1880],
  ['g6.24xlarge', 4, 'L4', 22_888, 96, 384, 3760],
  ['g6.2xlarge', 1, 'L4', 22_888, 8, 32, 450],
  ['g6.48xlarge', 8, 'L4', 22_888, 192, 768, 7520],
  ['g6.4xlarge', 1, 'L4', 22_888, 16, 64, 600],
  ['g6.8xlarge', 1, 'L4', 22_888, 32, 128, 900],
  ['g6.xlarge', 1, 'L4', 22_888, 4, 16, 250],
  ['g6e.12xlarge', 4, 'L40S', 45_776, 48, 384, 3800],
  ['g6e.16xlarge', 1, 'L40S', 45_776, 64, 512, 1900],
  ['g6e.24xlarge', 4, 'L40S', 45_776, 96, 768, 3800],
  ['g6e.2xlarge', 1, 'L40S', 45_776, 8, 64, 450],
  ['g6e.48xlarge', 8, 'L40S', 45_776, 192, 1536, 7600],
  ['g6e.4xlarge', 1, 'L40S', 45_776, 16, 128, 600],
  ['g6e.8xlarge', 1, 'L40S', 45_776, 32, 256, 900],
  ['g6e.xlarge', 1, 'L40S', 45_776, 4, 32, 250],
  ['g6f.2xlarge', 1, 'L4', 5722, 8, 32, 200, 0.25],
  ['g6f.4xlarge', 1, 'L4', 11_444, 16, 64, 450, 0.5],
  ['g6f.large', 1, 'L4', 2861, 2, 8, 100, 0.125],
  ['g6f.xlarge', 1, 'L4', 2861, 4, 16, 100, 0.125],
  ['g7.12xlarge', 2, 'RTX PRO 4500', 32_768, 48, 192, 1900],
  ['g7.24xlarge', 4, 'RTX PRO 4500', 32_768, 96, 384, 3800],
  ['g7.2xlarge', 1, 'RTX PRO 4500', 32_768, 8, 32, 440],
  ['g7.48xlarge', 8, 'RTX PRO 4500', 32_768, 192, 768, 7600],
  ['g7.4xlarge', 1, 'RTX PRO 4500', 32_768, 16, 64, 875],
  ['g7.8xlarge', 1, 'RTX PRO 4500', 32_768, 32, 128, 930],
  ['g7e.12xlarge', 2, 'RTX PRO 6000', 98_304, 48, 512, 3800],
  ['g7e.24xlarge', 4, 'RTX PRO 6000', 98_304, 96, 1024, 7600],
  ['g7e.2xlarge', 1, 'RTX PRO 6000', 98_304, 8, 64, 1900],
  ['g7e.48xlarge', 8, 'RTX PRO 6000', 98_304, 192, 2048, 15_200],
  ['g7e.4xlarge', 1, 'RTX PRO 6000', 98_304, 16, 128, 1900],
  ['g7e.8xlarge', 1, 'RTX PRO 6000', 98_304, 32, 256, 1900],
  ['gr6.4xlarge', 1, 'L4', 22_888, 16, 128, 600],
  ['gr6.8xlarge', 1, 'L4', 22_888, 32, 256, 900],
  ['gr6f.4xlarge', 1, 'L4', 11_444, 16, 128, 450, 0.5],
  ['p3dn.24xlarge', 8, 'V100', 32_768, 96, 768, 1800],
  ['p4d.24xlarge', 8, 'A100', 40_960, 96, 1152, 8000],
  ['p4de.24xlarge', 8, 'A100', 81_920, 96, 1152, 8000],
  ['p5.48xlarge', 8, 'H100', 81_920, 192, 2048, 30_400],
  ['p5.4xlarge', 1, 'H100', 81_920, 16, 256, 3800],
  ['p5e.48xlarge', 8, 'H200', 144_384, 192, 2048, 30_400],
  ['p5en.48xlarge', 8, 'H200', 144_384, 192, 2048, 30_400],
  ['p6-b200.48xlarge', 8, 'B200', 183_359, 192, 2048, 30_400],
  ['p6-b300.48xlarge', 8, 'B300', 275_040, 192, 4096, 30_400],
];

/** Families whose processors are ARM. */
const ARM = /^g5g\./;

const UNDATED = { asOf: null, source: 'SkyPilot catalogue v8, commit 00148f2a' };
const PRICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'us-east-1': {
    'g6.xlarge': '0.8048',
    'g6.8xlarge': '2.0144',
    'g6.12xlarge': '4.6016',
    'g5g.xlarge': '0.42',
    'p3dn.24xlarge': '31.212',
    'p4d.24xlarge': '21.9576',
    'p4de.24xlarge': '27.447',
  },
  'eu-west-3': { 'g6.xlarge': '1.0216', 'g6.12xlarge': '5.8412' },
  'eu-central-1': {
    'g6.xlarge': '1.0064',
    'g6.12xlarge': '5.7543',
    'g6e.12xlarge': '13.12',
    'g5g.xlarge': '0.5254',
    'p4d.24xlarge': '27.433',
    'p4de.24xlarge': '34.291',
  },
};

export const AWS: ProviderSeed = {
  id: 'aws',
  name: 'AWS EC2',
  // Prices are by region; the zone inside it is chosen when a machine is ordered.
  zones: Object.keys(PRICES).map((region) => ({ code: region, region })),
  types: TYPES.map(
    ([code, gpuCount, gpuKind, vramMib, vcpus, memoryGib, scratchGb, fraction]): TypeSeed => ({
      code,
      gpuCount,
      gpuKind,
      gpuFraction: fraction ?? null,
      vramBytesPerGpu: vramMib * MIB,
      vcpus,
      memoryBytes: memoryGib * GIB,
      arch: ARM.test(code) ? 'arm64' : 'x86_64',
      scratchBytesMax: scratchGb * GB,
    }),
  ),
  offers: [...offersWithoutPrice(), ...offersWithPrice()],
};

function offersWithPrice(): OfferSeed[] {
  const dated: OfferSeed = {
    type: 'g5.xlarge',
    zone: 'us-east-1',
    price: { perHour: '1.006', currency: 'USD', asOf: '2026-06-01', source: 'published in June 2026' },
  };
  const undated = Object.entries(PRICES).flatMap(([zone, prices]) =>
    Object.entries(prices).map(
      ([type, perHour]): OfferSeed => ({ type, zone, price: { perHour, currency: 'USD', ...UNDATED } }),
    ),
  );
  return [dated, ...undated];
}

/** Every type is sold in the largest region; what it costs there is not known for most. */
function offersWithoutPrice(): OfferSeed[] {
  const priced = new Set(['g5.xlarge', ...Object.keys(PRICES['us-east-1'] ?? {})]);
  return TYPES.filter(([code]) => !priced.has(code)).map(([type]) => ({
    type,
    zone: 'us-east-1',
    price: null,
  }));
}
