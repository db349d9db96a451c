/** Says what an organisation counts its own use of a model at. Gateways follow within seconds. */
import type { infer as Infer } from 'zod';
import { isKnownModel } from '#catalog/queries.ts';
import type { setUsagePriceSchema, UsagePriceView } from '#contracts/usage-prices.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { ANY_MODEL, insertPrice } from '../price-store.ts';
import { listUsagePrices } from '../spending.ts';

/** Gives the prices of the model that are in force or to come. @throws model.not_found */
export async function setUsagePrice(
  tx: Transaction,
  scope: OrgScope,
  wanted: Infer<typeof setUsagePriceSchema>,
  by: string,
): Promise<UsagePriceView[]> {
  const modelId = wanted.model_id ?? ANY_MODEL;
  if (modelId !== ANY_MODEL && !(await isKnownModel(tx, scope, modelId)))
    throw new AppError('model.not_found');
  await insertPrice(tx, scope, {
    modelId,
    promptMicros: wanted.prompt_micros_per_million,
    completionMicros: wanted.completion_micros_per_million,
    cachedMicros: wanted.cached_micros_per_million ?? wanted.prompt_micros_per_million,
    by,
  });
  await notify(tx, 'keys');
  return (await listUsagePrices(tx, scope)).filter((price) => price.model_id === wanted.model_id);
}
