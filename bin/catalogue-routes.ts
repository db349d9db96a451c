/** The catalogue's routes with what other parts know of its things: who serves a model, how fast, and how soon. */
import { flavourRoutes } from '#catalog/flavours/routes.ts';
import { machineRoutes } from '#catalog/machine-routes.ts';
import { modelRoutes } from '#catalog/model-routes.ts';
import { catalogRoutes } from '#catalog/routes.ts';
import type { Queryable } from '#database/database.ts';
import { listModelUses } from '#deployments/queries.ts';
import { runtimeRoutes } from '#deployments/runtime-routes.ts';
import type { Route } from '#http/route.ts';
import { listPeakSpeeds, listServingInstances, listUsualStarts } from '#instances/queries.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ApiRoutesDeps } from './api-routes.ts';

export function catalogueRoutes(deps: ApiRoutesDeps): Route[] {
  const { db } = deps;
  const known = {
    ...deps,
    countReadyByModel: (scope: OrgScope) => countReadyByModel(db, scope),
    usualStarts: () => listUsualStarts(db),
    peakSpeeds: (scope: OrgScope, modelId: string) => listPeakSpeeds(db, scope, modelId),
  };
  return [
    ...catalogRoutes(known),
    ...modelRoutes({ ...known, env: deps.env, usesOfModel: listModelUses }),
    ...machineRoutes(deps),
    ...flavourRoutes(deps),
    ...runtimeRoutes(deps),
  ];
}

async function countReadyByModel(db: Queryable, scope: OrgScope): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const instance of await listServingInstances(db)) {
    if (instance.orgId !== scope.orgId) continue;
    counts.set(instance.modelId, (counts.get(instance.modelId) ?? 0) + 1);
  }
  return counts;
}
