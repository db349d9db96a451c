import type { ModelId, OrgId } from '#kernel/ids.ts';
import type { PickOptions, WorkerLease } from '#routing/pick.ts';
import type { RoutedRequest } from '#routing/routed-request.ts';
import type { GatewayContext } from './gateway-context.ts';

/** A worker for the request; undefined while none has room, or none is there. Asked again by whoever waits. */
export function tryLease(
  { picker, snapshot, routingMetrics }: GatewayContext,
  request: RoutedRequest,
  options: PickOptions = {},
): WorkerLease | undefined {
  const workers = snapshot.current.workersFor(request.orgId as OrgId, request.modelId as ModelId);
  const result = picker.pick(workers, request, options);
  if (result.kind !== 'leased') return undefined;
  routingMetrics.decided(result.lease.reason);
  return result.lease;
}
