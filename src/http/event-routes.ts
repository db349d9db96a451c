import type { EventHub } from './event-hub.ts';
import { Reply, type Route, route } from './route.ts';

export interface EventRoutesDeps {
  readonly hub: EventHub;
  /** What the session of this request was opened with, in a form that is no secret. */
  readonly credentialOf: (headers: { readonly cookie?: string | undefined }) => string;
}

export function eventRoutes(deps: EventRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/events',
      name: 'events.stream',
      summary:
        'What changes in the organisation, as far as you may see it, as it happens (server-sent events); resumable by Last-Event-ID',
      policy: { allow: 'member', action: 'events.read' },
      success: { status: 200, contentType: 'text/event-stream; charset=utf-8' },
      handler: async ({ caller, headers, signal }) => {
        const lastId = headers['last-event-id'];
        const { cookie } = headers;
        const stream = deps.hub.open({
          viewer: caller,
          credential: deps.credentialOf(typeof cookie === 'string' ? { cookie } : {}),
          after: typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
          signal,
        });
        // Proxies that gather an answer before they pass it on would hold events back.
        return new Reply(200, stream, { 'x-accel-buffering': 'no' });
      },
    }),
  ];
}
