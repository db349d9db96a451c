import type { ModelId, OrgId } from '#kernel/ids.ts';
import type { PickOptions, WorkerLease } from '#routing/pick.ts';
import type { RoutedRequest } from '#routing/routed-request.ts';
import type { ServingWorker } from '#routing/snapshot.ts';
import type { GatewayContext } from './gateway-context.ts';

/** A worker for the request; undefined while none has room, or none is there. Asked again by whoever waits. */
export function tryLease(
  context: GatewayContext,
  request: RoutedRequest,
  options: PickOptions = {},
): WorkerLease | undefined {
  const { picker, routingMetrics } = context;
  const result = picker.pick(workersFor(context, request), request, options);
  if (result.kind !== 'leased') return undefined;
  routingMetrics.decided(result.lease.reason);
  return result.lease;
}

export function workersFor({ snapshot }: GatewayContext, request: RoutedRequest): readonly ServingWorker[] {
  const ownerOrgId = request.ownerOrgId ?? request.orgId;
  return snapshot.current.workersFor(ownerOrgId as OrgId, request.modelId as ModelId);
}
