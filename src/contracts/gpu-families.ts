/** Generations of GPUs, as far as they decide with what an engine is run. Compute capability tells NVIDIA's. */
import { findGpuKind } from './gpu-kinds.ts';

export const GPU_VENDORS = ['nvidia', 'amd'] as const;
export type GpuVendor = (typeof GPU_VENDORS)[number];

/** Older ones are refused by the engine itself, so they need no name here. */
export const GPU_FAMILIES = [
  'turing',
  'ampere',
  'ada',
  'hopper',
  'blackwell',
  'cdna2',
  'cdna3',
  'cdna4',
  'rdna3',
  'rdna4',
] as const;
export type GpuFamily = (typeof GPU_FAMILIES)[number];

export interface GpuClass {
  readonly vendor: GpuVendor;
  /** Null where it is not known, as of a generation newer than this release. */
  readonly family: GpuFamily | null;
}

const AMD_NAME = /\bAMD\b|\bgfx\d|\bInstinct\b|\bRadeon\b|\bMI\d{2,3}[A-Z]?\b/i;
const AMD_FAMILIES: readonly (readonly [name: RegExp, family: GpuFamily])[] = [
  [/\bgfx90a\b/i, 'cdna2'],
  [/\bgfx94\d\b/i, 'cdna3'],
  [/\bgfx950\b/i, 'cdna4'],
  [/\bgfx11\d\d\b/i, 'rdna3'],
  [/\bgfx12\d\d\b/i, 'rdna4'],
  [/\bMI2\d\d[A-Z]?\b/i, 'cdna2'],
  [/\bMI3[0-2]\d[A-Z]?\b/i, 'cdna3'],
  [/\bMI35\d[A-Z]?\b/i, 'cdna4'],
];
/** From this compute capability on; the highest that is not above counts. */
const NVIDIA_FAMILIES: readonly (readonly [from: number, until: number, family: GpuFamily])[] = [
  [7.5, 8.0, 'turing'],
  [8.0, 8.9, 'ampere'],
  [8.9, 9.0, 'ada'],
  [9.0, 10.0, 'hopper'],
  [10.0, 13.0, 'blackwell'],
];

export function vendorOfFamily(family: GpuFamily): GpuVendor {
  return family.startsWith('cdna') || family.startsWith('rdna') ? 'amd' : 'nvidia';
}

/** What the driver says decides; the name only where it says nothing. */
export function gpuClassOf(name: string, computeCapability: number | null): GpuClass {
  if (computeCapability === null && AMD_NAME.test(name)) {
    return { vendor: 'amd', family: AMD_FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? null };
  }
  const capability = computeCapability ?? findGpuKind(name)?.computeCapability ?? null;
  const found = NVIDIA_FAMILIES.find(
    ([from, until]) => capability !== null && capability >= from && capability < until,
  );
  return { vendor: 'nvidia', family: found?.[2] ?? null };
}

/** As an agent tells its GPUs: the oldest decides for all. Undefined where it tells none. */
export function gpuClassOfMachine(
  gpus: readonly { readonly name: string; readonly compute_capability: string | null }[],
): GpuClass | undefined {
  const told = gpus.map(({ name, compute_capability: text }) => {
    const capability = Number.parseFloat(text ?? '');
    return { name, capability: Number.isNaN(capability) ? null : capability };
  });
  const [oldest] = told.toSorted((a, b) => (a.capability ?? Infinity) - (b.capability ?? Infinity));
  return oldest && gpuClassOf(oldest.name, oldest.capability);
}
