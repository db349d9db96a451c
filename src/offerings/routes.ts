import type { Database } from '#database/database.ts';
import type { Route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { accessRoutes } from './access-routes.ts';
import { contractRoutes } from './contract-routes.ts';
import { offeringRoutes } from './offering-routes.ts';

export interface MarketRoutesDeps {
  readonly env: Env;
  readonly db: Database;
}

/** Offerings, plans, contracts, requests for access and entitlements. Wallets are in finops. */
export function marketRoutes(deps: MarketRoutesDeps): Route[] {
  const routes = [...offeringRoutes(deps), ...contractRoutes(deps), ...accessRoutes(deps)];
  return routes.map((each) => ({ ...each, allRowsBecause: 'offers and agreements have two sides' }));
}
