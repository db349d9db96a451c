import * as z from 'zod';
import { setUsagePriceSchema, usagePriceSchema } from '#contracts/usage-prices.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import { setUsagePrice } from './commands/set-usage-price.ts';
import { listUsagePrices } from './spending.ts';

const prices = z.object({ data: z.array(usagePriceSchema) });

export function priceRoutes({ db }: { db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/usage-prices',
      name: 'usage_prices.list',
      summary: 'What the organisation counts its own use of models at: prices in force, and those to come',
      policy: { allow: 'member', action: 'prices.read' },
      success: { status: 200, body: prices },
      handler: async ({ caller }) => ({ data: await listUsagePrices(db, caller) }),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/usage-prices',
      name: 'usage_prices.set',
      summary:
        'Set the price of a model, or of all without one; a changed price counts from the next full hour',
      policy: { allow: 'member', action: 'prices.write' },
      body: setUsagePriceSchema,
      success: { status: 200, body: prices },
      idempotent: true,
      handler: async ({ caller, body, tx }) => ({
        data: await setUsagePrice(tx, caller, body, `user:${caller.userId}`),
      }),
    }),
  ];
}
