import type { Image, InstanceTypeInfo } from '@aws-sdk/client-ec2';

/** A few types as DescribeInstanceTypes listed them in August 2026, among them every oddity that we know of. */
interface TypeRow {
  readonly type: string;
  readonly gpus: readonly [maker: string, name: string, count: number, mib: number] | null;
  readonly vcpus: number;
  readonly ramMib: number;
  readonly arch: 'x86_64' | 'arm64';
  readonly storeGb: number;
  readonly efa?: boolean;
  /** On demand, in dollars per hour, in Paris and Frankfurt. */
  readonly usd?: string;
}

const ROWS: readonly TypeRow[] = [
  {
    ...{ type: 'g6.xlarge', gpus: ['NVIDIA', 'L4', 1, 22_888], vcpus: 4, ramMib: 16_384 },
    ...{ arch: 'x86_64', storeGb: 250, usd: '1.0216000000' },
  },
  {
    ...{ type: 'g6.12xlarge', gpus: ['NVIDIA', 'L4', 4, 22_888], vcpus: 48, ramMib: 196_608 },
    ...{ arch: 'x86_64', storeGb: 3760, efa: true, usd: '5.8412000000' },
  },
  {
    ...{ type: 'g6f.large', gpus: ['NVIDIA', 'L4', 0, 2_861], vcpus: 2, ramMib: 8_192 },
    ...{ arch: 'x86_64', storeGb: 100, usd: '0.2500000000' },
  },
  {
    ...{ type: 'g5g.xlarge', gpus: ['NVIDIA', 'T4g', 1, 16_384], vcpus: 4, ramMib: 8_192 },
    ...{ arch: 'arm64', storeGb: 0 },
  },
  {
    ...{ type: 'g4ad.xlarge', gpus: ['AMD', 'Radeon Pro V520', 1, 8_192], vcpus: 4, ramMib: 16_384 },
    ...{ arch: 'x86_64', storeGb: 150, usd: '0.5000000000' },
  },
  {
    ...{ type: 'p5.48xlarge', gpus: ['NVIDIA', 'H100', 8, 81_920], vcpus: 192, ramMib: 2_097_152 },
    ...{ arch: 'x86_64', storeGb: 30_400, efa: true },
  },
  { type: 'm5.large', gpus: null, vcpus: 2, ramMib: 8_192, arch: 'x86_64', storeGb: 0 },
] as readonly TypeRow[];

export const FAKE_TYPES: readonly InstanceTypeInfo[] = ROWS.map((row): InstanceTypeInfo => {
  const [maker, name, count, mib] = row.gpus ?? [];
  return {
    InstanceType: row.type as never,
    ProcessorInfo: { SupportedArchitectures: [row.arch] },
    VCpuInfo: { DefaultVCpus: row.vcpus },
    MemoryInfo: { SizeInMiB: row.ramMib },
    NetworkInfo: { EfaSupported: row.efa ?? false },
    InstanceStorageSupported: row.storeGb > 0,
    ...(row.storeGb > 0 ? { InstanceStorageInfo: { TotalSizeInGB: row.storeGb } } : {}),
    ...(row.gpus
      ? {
          GpuInfo: {
            Gpus: [
              {
                ...{ Manufacturer: maker as string, Name: name as string, Count: count as number },
                MemoryInfo: { SizeInMiB: mib as number },
              },
            ],
          },
        }
      : {}),
  };
});

const NAME = 'Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)';

export const FAKE_IMAGES: readonly Image[] = [
  image('ami-0a00000000000001a', `Deep Learning ${NAME} 20260701`, 'x86_64', '2026-07-01T08:00:00.000Z'),
  image('ami-0a00000000000002a', `Deep Learning ${NAME} 20261101`, 'x86_64', '2026-11-01T08:00:00.000Z'),
  image('ami-0a00000000000003a', `Deep Learning ARM64 ${NAME} 20261101`, 'arm64', '2026-11-01T08:00:00.000Z'),
  {
    ...image('ami-0a00000000000004a', `Deep Learning ${NAME} 20990101`, 'x86_64', '2099-01-01T08:00:00.000Z'),
    // Somebody else's, with a name that is meant to be taken for the real one.
    OwnerId: '666666666666',
    ImageOwnerAlias: undefined,
  },
];

function image(ImageId: string, Name: string, arch: string, CreationDate: string): Image {
  return {
    ImageId,
    Name,
    CreationDate,
    Architecture: arch as never,
    OwnerId: '898082745236',
    ImageOwnerAlias: 'amazon',
    State: 'available',
    RootDeviceName: '/dev/sda1',
    RootDeviceType: 'ebs',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 10, SnapshotId: 'snap-0a1' } }],
  };
}

/** Of a gibibyte of gp3 for a month, in dollars, in Paris. */
export const FAKE_DISK_USD = '0.0928000000';

/** One product for each type that has a price, in AWS's form: each is a text of JSON in the answer. */
export function priceList(input: Readonly<Record<string, unknown>>): object {
  const filters = (input['Filters'] ?? []) as { Field: string; Value: string }[];
  const asked = new Map(filters.map(({ Field, Value }) => [Field, Value]));
  if (asked.get('productFamily') === 'Storage') return diskPrices(asked);
  const isGpu = asked.get('instanceFamily') === 'GPU instance';
  const rows = ROWS.filter((row) => row.usd !== undefined && (row.gpus !== null) === isGpu);
  const start = Number(input['NextToken'] ?? 0);
  // Pages of two, so that there are several.
  const page = rows.slice(start, start + 2);
  return {
    FormatVersion: 'aws_v1',
    PriceList: page.map((row) => JSON.stringify(product(row, asked.get('regionCode') ?? ''))),
    ...(start + 2 < rows.length ? { NextToken: String(start + 2) } : {}),
  };
}

/** Told for Paris alone. */
function diskPrices(asked: ReadonlyMap<string, string>): object {
  const regionCode = asked.get('regionCode');
  const isTold = asked.get('volumeApiName') === 'gp3' && regionCode === 'eu-west-3';
  const attributes = { volumeApiName: 'gp3', volumeType: 'General Purpose', regionCode };
  const disk = { productFamily: 'Storage', sku: 'disk-gp3', attributes };
  const PriceList = isTold
    ? [JSON.stringify({ product: disk, ...terms(disk.sku, 'GB-Mo', FAKE_DISK_USD) })]
    : [];
  return { FormatVersion: 'aws_v1', PriceList };
}

function product({ type, usd }: TypeRow, regionCode: string): object {
  const attributes = { instanceType: type, regionCode };
  const machine = { productFamily: 'Compute Instance', sku: type, attributes };
  return { product: machine, ...terms(type, 'Hrs', usd) };
}

function terms(sku: string, unit: string, usd: string | undefined): object {
  const dimension = { [`${sku}.JRTCKXETXF.6YS6EN2CT7`]: { unit, pricePerUnit: { USD: usd } } };
  return { terms: { OnDemand: { [`${sku}.JRTCKXETXF`]: { priceDimensions: dimension } } } };
}
