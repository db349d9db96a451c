import * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import type { CallContext, ProviderOffer } from '#providers/provider.ts';
import type { ScalewayClient } from './client.ts';
import { readList } from './lists.ts';
import { zonePath } from './paths.ts';

/**
 * What can be rented, per zone: types with their prices in euros, and which of them are in stock. The list of types
 * is kept for a few minutes, because each order has to know the form of its type; stock and prices are always asked.
 */
const constraint = z.object({ max_size: z.number().nullish() }).nullish();

export const productSchema = z.object({
  arch: z.string().nullish(),
  ncpus: z.number().nullish(),
  ram: z.number().nullish(),
  gpu: z.number().nullish(),
  gpu_info: z.object({ gpu_name: z.string().nullish(), gpu_memory: z.number().nullish() }).nullish(),
  mig_profile: z.string().nullish(),
  volumes_constraint: constraint,
  per_volume_constraint: z.object({ l_ssd: constraint }).nullish(),
  scratch_storage_max_size: z.number().nullish(),
  hourly_price: z.number().nullish(),
  end_of_service: z.boolean().nullish(),
});
export type Product = z.infer<typeof productSchema>;

export const stockSchema = z.object({ availability: z.string().nullish() });

const KEPT_MS = 600_000;
const NANOS = 1_000_000_000;
const MIB = 1_048_576;
const AVAILABILITIES = ['available', 'scarce', 'shortage'] as const;

/** What drivers report is less than what is sold; the smaller figure decides what fits. */
const USABLE_MIB: Readonly<Record<string, number>> = { L4: 22_888, L40S: 45_776, 'B300-SXM': 275_040 };

export class Products {
  readonly #client: ScalewayClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly atMs: number; readonly types: ReadonlyMap<string, Product> }>();

  constructor(client: ScalewayClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Undefined when the zone has no such type. */
  async find(context: CallContext, zone: string, type: string): Promise<Product | undefined> {
    const kept = this.#kept.get(zone);
    const isFresh = kept !== undefined && this.#clock.monotonic() - kept.atMs < KEPT_MS;
    const types = isFresh ? kept.types : await this.#read(context, 'listProducts', zone);
    return types.get(type);
  }

  async listOffers(context: CallContext, zones: readonly string[]): Promise<ProviderOffer[]> {
    const offers = await Promise.all(zones.map((zone) => this.#offersOf(context, zone)));
    return offers.flat();
  }

  async #offersOf(context: CallContext, zone: string): Promise<ProviderOffer[]> {
    const [types, stock] = await Promise.all([
      this.#read(context, 'listOffers', zone),
      readList(this.#client, context, {
        operation: 'listOffers',
        path: zonePath('instance', zone, 'products/servers/availability'),
        field: 'servers',
        row: stockSchema,
        counts: 'header',
        isCatalogue: true,
      }),
    ]);
    const asOf = new Date(this.#clock.now()).toISOString().slice(0, 10);
    return [...types]
      .filter(([, product]) => isSold(product))
      .map(([type, product]) => offerOf({ zone, type, product, asOf, stock: stock.get(type)?.availability }));
  }

  async #read(context: CallContext, operation: string, zone: string): Promise<ReadonlyMap<string, Product>> {
    const types = await readList(this.#client, context, {
      operation,
      path: zonePath('instance', zone, 'products/servers'),
      field: 'servers',
      row: productSchema,
      counts: 'header',
      isCatalogue: true,
    });
    this.#kept.set(zone, { atMs: this.#clock.monotonic(), types });
    return types;
  }
}

/** Whole GPUs: a slice of a GPU cannot be sized by our rules. */
function isSold(product: Product): boolean {
  return (product.gpu ?? 0) > 0 && !product.mig_profile;
}

function offerOf(told: {
  readonly zone: string;
  readonly type: string;
  readonly product: Product;
  readonly asOf: string;
  readonly stock: string | null | undefined;
}): ProviderOffer {
  const { zone, type, product, asOf, stock } = told;
  const nanosPerHour = Math.round((product.hourly_price ?? 0) * NANOS);
  return {
    zone,
    type,
    gpuCount: product.gpu ?? 0,
    gpuKind: product.gpu_info?.gpu_name ?? 'unknown',
    vramBytesPerGpu: vramOf(product),
    vcpus: product.ncpus ?? 0,
    memoryBytes: product.ram ?? 0,
    arch: product.arch === 'arm64' ? 'arm64' : 'x86_64',
    scratchBytesMax: product.scratch_storage_max_size ?? localBytesMax(product),
    price: nanosPerHour > 0 ? { nanosPerHour, currency: 'EUR', asOf } : null,
    availability: AVAILABILITIES.find((known) => known === stock) ?? 'unknown',
    isEnding: product.end_of_service === true,
  };
}

function vramOf({ gpu_info }: Product): number {
  const nominal = gpu_info?.gpu_memory ?? 0;
  const usableMib = USABLE_MIB[gpu_info?.gpu_name ?? ''];
  return usableMib === undefined ? nominal : Math.min(nominal, usableMib * MIB);
}

/** 0 where a type has no disk of its own. */
export function localBytesMax(product: Product): number {
  const inAll = product.volumes_constraint?.max_size ?? 0;
  const each = product.per_volume_constraint?.l_ssd?.max_size ?? 0;
  return Math.min(inAll, each);
}
