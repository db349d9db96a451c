import * as z from 'zod';
import type { CallContext } from '#providers/provider.ts';
import type { AwsClient } from './client.ts';

/**
 * On-demand prices of Linux machines with GPUs in one region, from AWS's price list, in nano-dollars per hour. What
 * is not told, or told twice with different prices, is left out.
 */
const productSchema = z.object({
  product: z.object({ attributes: z.object({ instanceType: z.string() }) }),
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
const FILTERS: Readonly<Record<string, string>> = {
  instanceFamily: 'GPU instance',
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
};

export async function readPrices(
  client: AwsClient,
  context: CallContext,
  operation: string,
  region: string,
): Promise<ReadonlyMap<string, number>> {
  const wanted = Object.entries({ ...FILTERS, regionCode: region });
  const products = await client.listPrices(context, operation, async (pricing, token, options) => {
    const answer = await pricing.getProducts(
      {
        ServiceCode: 'AmazonEC2',
        Filters: wanted.map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value })),
        MaxResults: 100,
        ...token,
      },
      options,
    );
    return { rows: answer.PriceList, next: answer.NextToken };
  });
  const prices = new Map<string, number | undefined>();
  for (const product of products) {
    const told = priceOf(product);
    if (!told) continue;
    const isTwice = prices.has(told.type) && prices.get(told.type) !== told.nanosPerHour;
    prices.set(told.type, isTwice ? undefined : told.nanosPerHour);
  }
  return new Map([...prices].flatMap(([type, nanos]) => (nanos === undefined ? [] : [[type, nanos]])));
}

function priceOf(text: unknown): { type: string; nanosPerHour: number } | undefined {
  const read = productSchema.safeParse(parsed(text));
  if (!read.success) return undefined;
  const dimensions = Object.values(read.data.terms.OnDemand).flatMap((term) =>
    Object.values(term.priceDimensions),
  );
  const [one, ...others] = dimensions.filter(({ unit }) => unit === 'Hrs');
  const nanosPerHour = nanosOf(one?.pricePerUnit.USD);
  if (nanosPerHour === undefined || others.length > 0) return undefined;
  return { type: read.data.product.attributes.instanceType, nanosPerHour };
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
