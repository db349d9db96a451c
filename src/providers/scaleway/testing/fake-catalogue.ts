/** A few types and images in the form in which the real API lists them, for a server that pretends to be it. */
export interface FakeProduct {
  readonly name: string;
  readonly gpu: number;
  readonly gpuName: string | null;
  readonly gpuGib: number;
  readonly vcpus: number;
  readonly ramGib: number;
  readonly hourly: number;
  readonly localGb?: number;
  readonly scratchGb?: number;
  readonly arch?: 'x86_64' | 'arm64';
  readonly mig?: string;
  readonly isEnding?: boolean;
}

const GB = 1_000_000_000;
const GIB = 2 ** 30;

export const FAKE_PRODUCTS: readonly FakeProduct[] = [
  { name: 'L4-1-24G', gpu: 1, gpuName: 'L4', gpuGib: 24, vcpus: 8, ramGib: 48, hourly: 0.7875 },
  {
    ...{ name: 'L40S-1-48G', gpu: 1, gpuName: 'L40S', gpuGib: 48, vcpus: 8, ramGib: 96 },
    ...{ hourly: 1.469916, scratchGb: 1_600 },
  },
  {
    ...{ name: 'H100-SXM-2-80G', gpu: 2, gpuName: 'H100-SXM', gpuGib: 80, vcpus: 32, ramGib: 240 },
    ...{ hourly: 6.6198, scratchGb: 3_200 },
  },
  {
    ...{ name: 'B300-SXM-2-288G', gpu: 2, gpuName: 'B300-SXM', gpuGib: 288, vcpus: 56, ramGib: 960 },
    ...{ hourly: 18.96, scratchGb: 6_000 },
  },
  {
    ...{ name: 'RENDER-S', gpu: 1, gpuName: 'P100', gpuGib: 16, vcpus: 10, ramGib: 42 },
    ...{ hourly: 1.221, localGb: 400 },
  },
  {
    ...{ name: 'H100-1-M', gpu: 1, gpuName: 'H100-PCIe', gpuGib: 10, vcpus: 6, ramGib: 60 },
    ...{ hourly: 0.5, mig: '1g.10gb' },
  },
  {
    ...{ name: 'GPU-3070-S', gpu: 1, gpuName: 'RTX3070', gpuGib: 8, vcpus: 8, ramGib: 16 },
    ...{ hourly: 0.9, isEnding: true },
  },
  { name: 'DEV1-S', gpu: 0, gpuName: null, gpuGib: 0, vcpus: 2, ramGib: 2, hourly: 0.0088, localGb: 20 },
  {
    ...{ name: 'COPARM1-2C-8G', gpu: 0, gpuName: null, gpuGib: 0, vcpus: 2, ramGib: 8 },
    ...{ hourly: 0.0426, arch: 'arm64' as const },
  },
];

export interface FakeImage {
  readonly id: string;
  readonly label: string;
  readonly type: 'instance_sbs' | 'instance_local';
  readonly types: readonly string[];
}

const GPU_TYPES = FAKE_PRODUCTS.filter((one) => one.gpu > 0).map((one) => one.name);

export const FAKE_IMAGES: readonly FakeImage[] = [
  {
    id: '8063548b-7ade-4faa-8be1-f48f8d3ba3ea',
    label: 'ubuntu_jammy_gpu_os_12',
    type: 'instance_sbs',
    types: GPU_TYPES,
  },
  {
    id: '11063548-7ade-4faa-8be1-f48f8d3ba3eb',
    label: 'ubuntu_jammy_gpu_os_12',
    type: 'instance_local',
    types: ['RENDER-S'],
  },
  {
    id: '6d3c053e-c728-4294-b23a-560b62a4d592',
    label: 'ubuntu_jammy',
    type: 'instance_sbs',
    types: ['DEV1-S', 'RENDER-S'],
  },
];

export function productView(product: FakeProduct): Record<string, unknown> {
  const local = (product.localGb ?? 0) * GB;
  return {
    alt_names: [],
    arch: product.arch ?? 'x86_64',
    ncpus: product.vcpus,
    ram: product.ramGib * GIB,
    gpu: product.gpu,
    gpu_info:
      product.gpu === 0
        ? null
        : {
            gpu_manufacturer: 'NVIDIA',
            gpu_name: product.gpuName,
            gpu_memory: product.gpuGib * GIB,
          },
    mig_profile: product.mig ?? null,
    volumes_constraint: { min_size: 0, max_size: local },
    per_volume_constraint: { l_ssd: { min_size: local > 0 ? GB : 0, max_size: local } },
    scratch_storage_max_size: product.scratchGb ? product.scratchGb * GB : null,
    scratch_storage_max_volumes_count: product.scratchGb ? 1 : 0,
    monthly_price: product.hourly * 730,
    hourly_price: product.hourly,
    capabilities: {
      boot_types: ['local', 'rescue'],
      placement_groups: true,
      block_storage: true,
      hot_snapshots_local_volume: false,
      private_network: 8,
      max_file_systems: 0,
    },
    network: {
      ipv6_support: true,
      sum_internal_bandwidth: 1_000_000_000,
      sum_internet_bandwidth: 1_000_000_000,
      interfaces: [{ internal_bandwidth: 1_000_000_000, internet_bandwidth: 1_000_000_000 }],
    },
    block_bandwidth: 524_288_000,
    end_of_service: product.isEnding ?? false,
  };
}
