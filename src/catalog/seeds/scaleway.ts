import type { OfferSeed, ProviderSeed, TypeSeed } from './seed.ts';

/**
 * GPU machines of Scaleway with their prices in euros without tax, as its API listed them on the day of each row.
 * Memory per GPU is what the driver reports where that is known (L4, L40S, B300), else the nominal figure.
 */
const GB = 1_000_000_000;
const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** code, GPUs, kind, bytes per GPU, vCPUs, memory GiB, scratch GB. */
const TYPES: readonly (readonly [string, number, string, number, number, number, number])[] = [
  ['L4-1-24G', 1, 'L4', 22_888 * MIB, 8, 48, 0],
  ['L4-2-24G', 2, 'L4', 22_888 * MIB, 16, 96, 0],
  ['L4-4-24G', 4, 'L4', 22_888 * MIB, 32, 192, 0],
  ['L4-8-24G', 8, 'L4', 22_888 * MIB, 64, 384, 0],
  ['RENDER-S', 1, 'P100', 16 * GIB, 10, 42, 400],
  ['B300-SXM-2-288G', 2, 'B300-SXM', 275_040 * MIB, 56, 960, 6000],
  ['B300-SXM-4-288G', 4, 'B300-SXM', 275_040 * MIB, 112, 1920, 12_000],
  ['B300-SXM-8-288G', 8, 'B300-SXM', 275_040 * MIB, 224, 3840, 24_000],
  ['H100-1-80G', 1, 'H100-PCIe', 80 * GIB, 24, 240, 3000],
  ['H100-2-80G', 2, 'H100-PCIe', 80 * GIB, 48, 480, 6000],
  ['H100-SXM-2-80G', 2, 'H100-SXM', 80 * GIB, 32, 240, 3200],
  ['H100-SXM-4-80G', 4, 'H100-SXM', 80 * GIB, 64, 480, 6400],
  ['H100-SXM-8-80G', 8, 'H100-SXM', 80 * GIB, 128, 960, 12_800],
  ['L40S-1-48G', 1, 'L40S', 45_776 * MIB, 8, 96, 1600],
  ['L40S-2-48G', 2, 'L40S', 45_776 * MIB, 16, 192, 3200],
  ['L40S-4-48G', 4, 'L40S', 45_776 * MIB, 32, 384, 6400],
  ['L40S-8-48G', 8, 'L40S', 45_776 * MIB, 64, 768, 12_800],
];

/** Zone, day of the listing, then each type with its price per hour. */
const LISTINGS: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  [
    'fr-par-1',
    '2026-08-17',
    {
      'L4-1-24G': '0.7875',
      'L4-2-24G': '1.575',
      'L4-4-24G': '3.15',
      'L4-8-24G': '6.3',
      'RENDER-S': '1.221',
    },
  ],
  [
    'fr-par-2',
    '2026-07-30',
    {
      'B300-SXM-2-288G': '18.96',
      'B300-SXM-4-288G': '34.08',
      'B300-SXM-8-288G': '60',
      'H100-1-80G': '2.8665',
      'H100-2-80G': '5.733',
      'H100-SXM-2-80G': '6.6198',
      'H100-SXM-4-80G': '12.771',
      'H100-SXM-8-80G': '25.3308',
      'L4-1-24G': '0.7875',
      'L4-2-24G': '1.575',
      'L4-4-24G': '3.15',
      'L4-8-24G': '6.3',
      'L40S-1-48G': '1.469916',
      'L40S-2-48G': '2.939832',
      'L40S-4-48G': '5.879664',
      'L40S-8-48G': '11.759328',
      'RENDER-S': '1.221',
    },
  ],
  [
    'pl-waw-2',
    '2026-07-30',
    {
      'H100-1-80G': '2.8665',
      'H100-2-80G': '5.733',
      'L4-1-24G': '0.7875',
      'L4-2-24G': '1.575',
      'L4-4-24G': '3.15',
      'L4-8-24G': '6.3',
      'L40S-1-48G': '1.469916',
      'L40S-2-48G': '2.939832',
      'L40S-4-48G': '5.879664',
      'L40S-8-48G': '11.759328',
    },
  ],
];

export const SCALEWAY: ProviderSeed = {
  id: 'scaleway',
  name: 'Scaleway',
  zones: [
    { code: 'fr-par-1', region: 'fr-par' },
    { code: 'fr-par-2', region: 'fr-par' },
    { code: 'pl-waw-2', region: 'pl-waw' },
  ],
  types: TYPES.map(
    ([code, gpuCount, gpuKind, vramBytesPerGpu, vcpus, memoryGib, scratchGb]): TypeSeed => ({
      code,
      gpuCount,
      gpuKind,
      gpuFraction: null,
      vramBytesPerGpu,
      vcpus,
      memoryBytes: memoryGib * GIB,
      arch: 'x86_64',
      scratchBytesMax: scratchGb * GB,
    }),
  ),
  offers: LISTINGS.flatMap(([zone, asOf, prices]) =>
    Object.entries(prices).map(
      ([type, perHour]): OfferSeed => ({
        type,
        zone,
        price: { perHour, currency: 'EUR', asOf, source: 'Scaleway Instance API, list of server types' },
      }),
    ),
  ),
};
