/**
 * With what an engine is run on a machine: one answer for the control plane, which shows it, and for the agent, which
 * does it. A flavour is a name; its records are variants by GPU family and provider. Places of the installation name
 * flavours, the nearest to the machine first, and each part comes from the first that says something about it.
 */
import {
  GPU_FAMILIES,
  type GpuClass,
  type GpuFamily,
  type GpuVendor,
  vendorOfFamily,
} from './gpu-families.ts';

export interface FlavourMount {
  /** A directory of the machine, and where the engine sees it. */
  readonly source: string;
  readonly target: string;
  readonly read_only: boolean;
}

/** Null, in any of these: what the next place says. */
export interface FlavourParts {
  readonly image: string | null;
  readonly args: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>> | null;
  readonly mounts: readonly FlavourMount[] | null;
  readonly devices: readonly string[] | null;
  /** `loopback`: a network of its own, of which the agent alone sees one port; else one that the machine has. */
  readonly network: string | null;
}

export interface FlavourRecord extends FlavourParts {
  readonly gpu_vendor: GpuVendor;
  /** Null: each of the vendor. */
  readonly gpu_family: GpuFamily | null;
  /** Null: at each provider. */
  readonly provider_id: string | null;
}

/** Where a flavour is named, the nearest to the machine first. `override`: a record in the place of a built-in one. */
export const FLAVOUR_ORIGINS = [
  'instance_type',
  'provider_type',
  'provider',
  'global',
  'override',
  'built_in',
] as const;
export type FlavourOrigin = (typeof FLAVOUR_ORIGINS)[number];

/** One place: the flavour that it names, with those of its records that may count at the provider. */
export interface FlavourLayer {
  readonly origin: FlavourOrigin;
  readonly flavour: string;
  readonly records: readonly FlavourRecord[];
}

export const FLAVOUR_PARTS = ['image', 'args', 'environment', 'mounts', 'devices', 'network'] as const;
export type FlavourPart = (typeof FLAVOUR_PARTS)[number];

export interface Told<T> {
  readonly value: T;
  readonly origin: FlavourOrigin;
  readonly flavour: string;
}

export type ChosenParts = { readonly [P in FlavourPart]: Told<NonNullable<FlavourParts[P]>> };

export interface ChosenFlavour extends ChosenParts {
  /** The nearest one that has a record for these GPUs. */
  readonly flavour: string;
}

export interface PassedOver {
  readonly origin: FlavourOrigin;
  readonly flavour: string;
  readonly because: 'unknown' | 'other_gpus';
}

export interface FlavourChoice {
  /** Null: nothing fits, and the engine does not start. */
  readonly chosen: ChosenFlavour | null;
  /** Named, and not used. */
  readonly passedOver: readonly PassedOver[];
  /** In words, when nothing fits. */
  readonly refusal: string | null;
}

export const LOOPBACK = 'loopback';
/** What every machine gets where nobody says anything. */
export const STANDARD_FLAVOUR = 'standard';
/** Pinned: what a machine runs follows from our release, not from the day on which it was rented. */
const IMAGES: Readonly<Record<GpuVendor, string>> = {
  nvidia: 'vllm/vllm-openai:v0.23.0',
  amd: 'vllm/vllm-openai-rocm:v0.23.0',
};
/** Of AMD only what the image is built for; of NVIDIA the driver and the image find each other. */
const BUILT_IN_FAMILIES: readonly (GpuFamily | null)[] = [
  null,
  'hopper',
  'blackwell',
  ...GPU_FAMILIES.filter((family) => vendorOfFamily(family) === 'amd'),
];

export const BUILT_IN_RECORDS: readonly FlavourRecord[] = BUILT_IN_FAMILIES.map((family) => {
  const vendor = family === null ? 'nvidia' : vendorOfFamily(family);
  return {
    gpu_vendor: vendor,
    gpu_family: family,
    provider_id: null,
    image: IMAGES[vendor],
    ...{ args: [], environment: {}, mounts: [], devices: [] },
    network: LOOPBACK,
  };
});

export const BUILT_IN_LAYER: FlavourLayer = {
  origin: 'built_in',
  flavour: STANDARD_FLAVOUR,
  records: BUILT_IN_RECORDS,
};

/** The built-in layer counts after all that are given. */
export function chooseFlavour(layers: readonly FlavourLayer[], gpu: GpuClass): FlavourChoice {
  const passedOver: PassedOver[] = [];
  const fitting: (readonly [FlavourLayer, FlavourRecord])[] = [];
  for (const layer of [...layers, BUILT_IN_LAYER]) {
    const record = recordFor(layer, gpu);
    if (record) fitting.push([layer, record]);
    else if (layer.origin !== 'built_in') {
      const because = layer.records.length === 0 ? 'unknown' : 'other_gpus';
      passedOver.push({ origin: layer.origin, flavour: layer.flavour, because });
    }
  }
  const chosen = partsOf(fitting);
  return { chosen, passedOver, refusal: chosen ? null : refusalOf(gpu) };
}

/** One for the family before one for all, and then one for the provider before one for all. */
function recordFor({ records }: FlavourLayer, gpu: GpuClass): FlavourRecord | undefined {
  const rank = (record: FlavourRecord) =>
    (record.gpu_family === null ? 0 : 2) + (record.provider_id === null ? 0 : 1);
  return records
    .filter(
      ({ gpu_vendor: vendor, gpu_family: family }) =>
        vendor === gpu.vendor && (family === null || family === gpu.family),
    )
    .reduce<FlavourRecord | undefined>(
      (best, record) => (best === undefined || rank(record) > rank(best) ? record : best),
      undefined,
    );
}

/** Null when a part is said by nobody: a record for GPUs that nothing is built in for, without an image. */
function partsOf(fitting: readonly (readonly [FlavourLayer, FlavourRecord])[]): ChosenFlavour | null {
  const [nearest] = fitting;
  const told = <P extends FlavourPart>(part: P, last: FlavourParts[P]) => {
    const found = fitting.find(([, record]) => record[part] !== null);
    const layer = (found ?? nearest)?.[0];
    const value = found?.[1][part] ?? last;
    return layer && value !== null
      ? { value: value as NonNullable<FlavourParts[P]>, origin: layer.origin, flavour: layer.flavour }
      : undefined;
  };
  const image = told('image', null);
  const args = told('args', []);
  const environment = told('environment', {});
  const mounts = told('mounts', []);
  const devices = told('devices', []);
  const network = told('network', LOOPBACK);
  if (!nearest || !image || !args || !environment || !mounts || !devices || !network) return null;
  return { flavour: nearest[0].flavour, image, args, environment, mounts, devices, network };
}

function refusalOf({ vendor, family }: GpuClass): string {
  const gpus = family === null ? `${vendor === 'amd' ? 'AMD' : 'NVIDIA'} GPUs of an unknown family` : family;
  return `No flavour with an image fits ${gpus}: an administrator can make one for this family and name it for the instance type or the provider.`;
}
