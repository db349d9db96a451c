import type { Route } from '#http/route.ts';
import { conversationRoutes, type WorkbenchRoutesDeps } from './conversation-routes.ts';
import { chatProjectRoutes } from './project-routes.ts';
import { promptRoutes } from './prompt-routes.ts';
import { sharingRoutes } from './sharing-routes.ts';

export function workbenchRoutes(deps: WorkbenchRoutesDeps): Route[] {
  return [
    ...conversationRoutes(deps),
    ...sharingRoutes(deps),
    ...chatProjectRoutes(deps),
    ...promptRoutes(deps),
  ];
}
