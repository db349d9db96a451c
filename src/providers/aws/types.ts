import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { Clock } from '#kernel/env.ts';
import { absent } from '#providers/call-errors.ts';
import type { CallContext, ProviderOffer } from '#providers/provider.ts';
import type { AwsClient } from './client.ts';
import { hasCode } from './errors.ts';
import { PUBLIC_ADDRESS_NANOS, readPrices } from './prices.ts';
import { isRegion, regionOf } from './zones.ts';

/**
 * What can be rented: types with GPUs of NVIDIA's, in which zones there are any, and their prices in dollars, with the
 * address that every machine has. AWS tells of no stock: who asks sees. What an order has to know of its type is kept for a few minutes.
 */
const KEPT_MS = 600_000;
const MIB = 2 ** 20;
const GB = 1_000_000_000;
/** Families with GPUs; the answer says which of them really have one. */
const FAMILIES = ['g*', 'p*'];

export interface TypeFacts {
  readonly arch: 'x86_64' | 'arm64';
  readonly gpuMaker: string | undefined;
  readonly hasEfa: boolean;
}

export class Types {
  readonly #client: AwsClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly atMs: number; readonly facts: TypeFacts }>();

  constructor(client: AwsClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Undefined when the region has no such type. */
  async find(
    context: CallContext,
    operation: string,
    region: string,
    type: string,
  ): Promise<TypeFacts | undefined> {
    const key = `${region} ${type}`;
    const kept = this.#kept.get(key);
    if (kept && this.#clock.monotonic() - kept.atMs < KEPT_MS) return kept.facts;
    const answer = await this.#ask(context, operation, region, type);
    if (!answer) return undefined;
    const facts = factsOf(answer);
    this.#kept.set(key, { atMs: this.#clock.monotonic(), facts });
    return facts;
  }

  async listOffers(context: CallContext, zones: readonly string[]): Promise<ProviderOffer[]> {
    const regions = [...new Set(zones.map(regionOf))];
    const offers = await Promise.all(
      regions.map((region) =>
        this.#offersOf(
          context,
          region,
          zones.filter((zone) => regionOf(zone) === region),
        ),
      ),
    );
    return offers.flat();
  }

  async #ask(context: CallContext, operation: string, region: string, type: string) {
    const call = { operation, region, isMutation: false };
    try {
      const answers = await absent(
        this.#client.ec2With(
          context,
          call,
          (ec2, options) => ec2.describeInstanceTypes({ InstanceTypes: [type as never] }, options),
          ({ InstanceTypes }) => InstanceTypes,
        ),
      );
      return answers?.[0];
    } catch (error) {
      if (hasCode(error, 'InvalidInstanceType')) return undefined;
      throw error;
    }
  }

  async #offersOf(context: CallContext, region: string, zones: readonly string[]): Promise<ProviderOffer[]> {
    const operation = 'listOffers';
    const Filters = [{ Name: 'instance-type', Values: FAMILIES }];
    const [types, places, prices] = await Promise.all([
      this.#client.list(context, operation, region, async (ec2, token, options) => {
        const answer = await ec2.describeInstanceTypes({ Filters, MaxResults: 100, ...token }, options);
        return { rows: answer.InstanceTypes, next: answer.NextToken };
      }),
      this.#client.list(context, operation, region, async (ec2, token, options) => {
        const answer = await ec2.describeInstanceTypeOfferings(
          { LocationType: 'availability-zone', Filters, MaxResults: 1_000, ...token },
          options,
        );
        return { rows: answer.InstanceTypeOfferings, next: answer.NextToken };
      }),
      readPrices(this.#client, context, operation, region),
    ]);
    const asOf = new Date(this.#clock.now()).toISOString().slice(0, 10);
    const sold = new Set(places.map((place) => `${place.Location} ${place.InstanceType}`));
    const inRegion = new Set(places.map((place) => `${region} ${place.InstanceType}`));
    return zones.flatMap((zone) =>
      types
        .filter(isSold)
        .filter(({ InstanceType }) => (isRegion(zone) ? inRegion : sold).has(`${zone} ${InstanceType}`))
        .map((type) => offerOf(type, zone, asOf, prices.get(type.InstanceType ?? ''))),
    );
  }
}

function factsOf(answer: InstanceTypeInfo): TypeFacts {
  return {
    arch: archOf(answer),
    gpuMaker: answer.GpuInfo?.Gpus?.[0]?.Manufacturer,
    hasEfa: answer.NetworkInfo?.EfaSupported ?? false,
  };
}

function archOf({ ProcessorInfo }: InstanceTypeInfo): 'x86_64' | 'arm64' {
  return ProcessorInfo?.SupportedArchitectures?.includes('arm64') ? 'arm64' : 'x86_64';
}

/** Whole GPUs for which there are images: a slice of a GPU has a count of 0 and cannot be sized by our rules. */
function isSold({ GpuInfo }: InstanceTypeInfo): boolean {
  const [gpu, ...others] = GpuInfo?.Gpus ?? [];
  return gpu?.Manufacturer === 'NVIDIA' && (gpu.Count ?? 0) > 0 && others.length === 0;
}

function offerOf(
  type: InstanceTypeInfo,
  zone: string,
  asOf: string,
  nanosPerHour: number | undefined,
): ProviderOffer {
  const gpu = type.GpuInfo?.Gpus?.[0];
  return {
    zone,
    type: type.InstanceType ?? '',
    gpuCount: gpu?.Count ?? 0,
    gpuKind: gpu?.Name ?? 'unknown',
    vramBytesPerGpu: (gpu?.MemoryInfo?.SizeInMiB ?? 0) * MIB,
    vcpus: type.VCpuInfo?.DefaultVCpus ?? 0,
    memoryBytes: (type.MemoryInfo?.SizeInMiB ?? 0) * MIB,
    arch: archOf(type),
    scratchBytesMax: (type.InstanceStorageInfo?.TotalSizeInGB ?? 0) * GB,
    price:
      nanosPerHour === undefined
        ? null
        : { nanosPerHour: nanosPerHour + PUBLIC_ADDRESS_NANOS, currency: 'USD', asOf },
    availability: 'unknown',
  };
}
