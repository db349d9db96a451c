import type { EventHub } from './event-hub.ts';
import { Reply, type Route, route, type UserCaller } from './route.ts';

export interface EventRoutesDeps {
  readonly hub: EventHub;
  /** Whether the session of this request is still alive, in the same organisation, and allowed to read. */
  readonly isStillAllowed: (caller: UserCaller, headers: { readonly cookie?: string }) => Promise<boolean>;
}

export function eventRoutes(deps: EventRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/events',
      name: 'events.stream',
      summary: 'Facts of the organisation as they happen (server-sent events), resumable by Last-Event-ID',
      policy: { allow: 'member', action: 'events.read' },
      success: { status: 200, contentType: 'text/event-stream; charset=utf-8' },
      handler: async ({ caller, headers, signal }) => {
        const lastId = headers['last-event-id'];
        const cookie = typeof headers['cookie'] === 'string' ? { cookie: headers['cookie'] } : {};
        const stream = deps.hub.open({
          scope: caller,
          after: typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
          isAllowed: () => deps.isStillAllowed(caller, cookie),
          signal,
        });
        // Proxies that gather an answer before they pass it on would hold events back.
        return new Reply(200, stream, { 'x-accel-buffering': 'no' });
      },
    }),
  ];
}
