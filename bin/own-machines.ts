/** What the api and the orchestrator do about machines that organisations own. */
import { agentRoutes } from '#hosts/agent-routes.ts';
import { enrolmentRoutes } from '#hosts/enrolment-routes.ts';
import { type ProbeHostDeps, probeHostHandler } from '#hosts/jobs/probe-host.ts';
import { watchHostHandler } from '#hosts/jobs/watch-host.ts';
import { hostRoutes } from '#hosts/routes.ts';
import type { Route } from '#http/route.ts';
import { hasTunnelEnds } from '#instances/tunnels/tunnel-ends.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import type { ApiRoutesDeps } from './api-routes.ts';

/** What people ask. */
export function ownMachineRoutes(deps: ApiRoutesDeps): Route[] {
  const requireReachable = () => deps.publicAddress.require();
  return [...hostRoutes(deps), ...enrolmentRoutes({ ...deps, requireReachable, hasTunnels: hasTunnelEnds })];
}

/** What machines ask that nobody can dial. */
export function ownAgentRoutes(deps: ApiRoutesDeps): Route[] {
  return agentRoutes(deps);
}

export function ownMachineHandlers(deps: ProbeHostDeps): JobHandler[] {
  return [probeHostHandler(deps), watchHostHandler(deps)];
}
