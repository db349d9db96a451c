/** What an organisation counts its own use of models at. Budgets of keys are kept by it. */
import * as z from 'zod';

const PRICE_MAX = 1_000_000_000_000;
const price = z.int().min(0).max(PRICE_MAX).describe('Millionths of a euro per million tokens');

export const setUsagePriceSchema = z.strictObject({
  model_id: z
    .string()
    .max(100)
    .nullable()
    .default(null)
    .describe('Id of the model; null is every model without a price of its own'),
  prompt_micros_per_million: price,
  completion_micros_per_million: price,
  cached_micros_per_million: price
    .optional()
    .describe('Of prompt tokens that came from the cache; as other prompt tokens when left out'),
});

export const usagePriceSchema = z.object({
  model_id: z.string().nullable(),
  prompt_micros_per_million: z.number(),
  completion_micros_per_million: z.number(),
  cached_micros_per_million: z.number(),
  /** The hour from which it counts. What was used before it keeps the price that it had. */
  from: z.iso.datetime(),
  set_by: z.string(),
  set_at: z.iso.datetime(),
});
export type UsagePriceView = z.infer<typeof usagePriceSchema>;
