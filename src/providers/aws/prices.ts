import * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import { type CallContext, ProviderError } from '#providers/provider.ts';
import type { AwsClient } from './client.ts';

/**
 * On-demand prices of Linux machines with GPUs and of their disks in one region, from AWS's price list, in
 * nano-dollars. What is not told, or told twice with different prices, is left out.
 */
const productSchema = z.object({
  product: z.object({ attributes: z.object({ instanceType: z.string().optional() }) }),
  terms: z.object({
    OnDemand: z.record(
      z.string(),
      z.object({
        priceDimensions: z.record(
          z.string(),
          z.object({ unit: z.string(), pricePerUnit: z.object({ USD: z.string().optional() }) }),
        ),
      }),
    ),
  }),
});

const PRICE = /^(\d{1,7})(?:\.(\d{1,12}))?$/;
const MACHINES: Readonly<Record<string, string>> = {
  instanceFamily: 'GPU instance',
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
};
/** The type that every disk here is made of. */
const DISK_TYPE = 'gp3';
const DISKS: Readonly<Record<string, string>> = { productFamily: 'Storage', volumeApiName: DISK_TYPE };
/**
 * Each machine has a public address of its own for as long as it runs. AWS asks the same for it everywhere since
 * February 2024.
 */
export const PUBLIC_ADDRESS_NANOS = 5_000_000;
/** As AWS's own calculator has it; the bill has the hours of the very month. */
const HOURS_PER_MONTH = 730;
const FRESH_MS = 3_600_000;
/** An old price is better than none for so long. */
const STALE_MS = 86_400_000;
/** A list that did not answer is left alone for so long. */
const RETRY_MS = 300_000;

/** Of one machine for an hour, by type. */
export async function readPrices(
  client: AwsClient,
  context: CallContext,
  operation: string,
  region: string,
): Promise<ReadonlyMap<string, number>> {
  const products = await listProducts(client, context, operation, { ...MACHINES, regionCode: region });
  const prices = new Map<string, number | undefined>();
  for (const product of products) {
    const told = priceOf(product, 'Hrs');
    if (!told?.type) continue;
    const isTwice = prices.has(told.type) && prices.get(told.type) !== told.nanos;
    prices.set(told.type, isTwice ? undefined : told.nanos);
  }
  return new Map([...prices].flatMap(([type, nanos]) => (nanos === undefined ? [] : [[type, nanos]])));
}

/**
 * What disks cost, by region. It is asked for while machines are made and ended, so it never fails: a price list that
 * does not answer leaves the price unknown, and nothing waits for it twice.
 */
export class DiskPrices {
  readonly #client: AwsClient;
  readonly #clock: Clock;
  /** Of a gibibyte for a month. */
  readonly #kept = new Map<string, { readonly atMs: number; readonly nanos: number | undefined }>();
  readonly #askedAtMs = new Map<string, number>();
  /** Disks that are found at the same time wait for the same answer. */
  readonly #asking = new Map<string, Promise<number | undefined>>();

  constructor(client: AwsClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** In nano-dollars per hour; undefined is unknown. */
  async find(
    context: CallContext,
    operation: string,
    disk: { readonly region: string; readonly type: string; readonly sizeGib: number },
  ): Promise<number | undefined> {
    if (disk.type !== DISK_TYPE) return undefined;
    const nanos = await this.#perMonth(context, operation, disk.region);
    return nanos === undefined ? undefined : Math.round((disk.sizeGib * nanos) / HOURS_PER_MONTH);
  }

  async #perMonth(context: CallContext, operation: string, region: string): Promise<number | undefined> {
    const now = this.#clock.monotonic();
    const kept = this.#kept.get(region);
    const ageMs = now - (kept?.atMs ?? Number.NEGATIVE_INFINITY);
    if (ageMs < FRESH_MS) return kept?.nanos;
    const underWay = this.#asking.get(region);
    if (underWay !== undefined) return underWay;
    const old = ageMs < STALE_MS ? kept?.nanos : undefined;
    if (now - (this.#askedAtMs.get(region) ?? Number.NEGATIVE_INFINITY) < RETRY_MS) return old;
    this.#askedAtMs.set(region, now);
    const asking = this.#ask(context, operation, region, old);
    this.#asking.set(region, asking);
    return asking.finally(() => this.#asking.delete(region));
  }

  async #ask(
    context: CallContext,
    operation: string,
    region: string,
    old: number | undefined,
  ): Promise<number | undefined> {
    try {
      const products = await listProducts(this.#client, context, operation, { ...DISKS, regionCode: region });
      const told = new Set(products.map((product) => priceOf(product, 'GB-Mo')?.nanos));
      const nanos = told.size === 1 ? [...told][0] : undefined;
      this.#kept.set(region, { atMs: this.#clock.monotonic(), nanos });
      return nanos;
    } catch (error) {
      if (error instanceof ProviderError) return old;
      throw error;
    }
  }
}

function listProducts(
  client: AwsClient,
  context: CallContext,
  operation: string,
  wanted: Readonly<Record<string, string>>,
): Promise<unknown[]> {
  const Filters = Object.entries(wanted).map(([Field, Value]) => ({
    ...{ Type: 'TERM_MATCH' as const, Field, Value },
  }));
  return client.listPrices(context, operation, async (pricing, token, options) => {
    const answer = await pricing.getProducts(
      { ServiceCode: 'AmazonEC2', Filters, MaxResults: 100, ...token },
      options,
    );
    return { rows: answer.PriceList, next: answer.NextToken };
  });
}

function priceOf(text: unknown, unit: string): { type: string | undefined; nanos: number } | undefined {
  const read = productSchema.safeParse(parsed(text));
  if (!read.success) return undefined;
  const dimensions = Object.values(read.data.terms.OnDemand).flatMap((term) =>
    Object.values(term.priceDimensions),
  );
  const [one, ...others] = dimensions.filter((dimension) => dimension.unit === unit);
  const nanos = nanosOf(one?.pricePerUnit.USD);
  if (nanos === undefined || others.length > 0) return undefined;
  return { type: read.data.product.attributes.instanceType, nanos };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** By digits, rounded once; a price of nothing is none. */
function nanosOf(text: string | undefined): number | undefined {
  const [, whole, fraction = ''] = PRICE.exec(text ?? '') ?? [];
  if (whole === undefined) return undefined;
  const digits = fraction.padEnd(12, '0');
  const nanos = Number(whole) * 1e9 + Number(digits.slice(0, 9)) + (Number(digits[9]) >= 5 ? 1 : 0);
  return nanos > 0 ? nanos : undefined;
}
