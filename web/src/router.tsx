import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { isUnauthenticated } from './api/problem-error.ts';
import { readMachinesSearch } from './catalog/machines-search.ts';
import { readModelsSearch } from './catalog/models-search.ts';
import { readDeploymentsSearch } from './deployments/deployments-search.ts';
import { sessionQuery } from './identity/session.ts';
import { readInstanceTab } from './instances/instance-tab.ts';
import { readInstancesSearch } from './instances/instances-search.ts';
import { readWorkersSearch } from './instances/workers-search.ts';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { RouteError } from './shell/route-error.tsx';
import { Shell } from './shell/shell.tsx';
import { readChatSearch } from './workbench/chat-search.ts';

interface RouterContext {
  client: QueryClient;
}

/** Every page is a chunk of its own; hovering a link fetches it. */
export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Outlet });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = search['next'];
    // Only a path of our own is followed: `//host` and `/\host` would leave the site.
    return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {};
  },
  component: lazyRouteComponent(() => import('./identity/login-page.tsx'), 'LoginPage'),
});

/** All that needs a session. Without one: to the login page, and back here afterwards. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!isUnauthenticated(error)) throw error;
      throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } });
    }
  },
  component: Shell,
});

const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./home/home-page.tsx'), 'HomePage'),
});

const instancesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/instances',
  validateSearch: readInstancesSearch,
  component: lazyRouteComponent(() => import('./instances/instances-page.tsx'), 'InstancesPage'),
});

const deploymentsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/deployments',
  validateSearch: readDeploymentsSearch,
  component: lazyRouteComponent(() => import('./deployments/deployments-page.tsx'), 'DeploymentsPage'),
});

const instanceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/instances/$id',
  validateSearch: readInstanceTab,
  component: lazyRouteComponent(() => import('./instances/instance-page.tsx'), 'InstancePage'),
});

const chatRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/chat',
  validateSearch: readChatSearch,
  component: lazyRouteComponent(() => import('./workbench/chat-page.tsx'), 'ChatPage'),
});

const modelsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/models',
  validateSearch: readModelsSearch,
  component: lazyRouteComponent(() => import('./catalog/models-page.tsx'), 'ModelsPage'),
});

const machinesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/machines',
  validateSearch: readMachinesSearch,
  component: lazyRouteComponent(() => import('./catalog/machines-page.tsx'), 'MachinesPage'),
});

const workersRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/workers',
  validateSearch: readWorkersSearch,
  component: lazyRouteComponent(() => import('./instances/workers-page.tsx'), 'WorkersPage'),
});

const traceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/trace/$id',
  component: lazyRouteComponent(() => import('./trace/trace-page.tsx'), 'TracePage'),
});

const keysRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/keys',
  component: lazyRouteComponent(() => import('./identity/keys-page.tsx'), 'KeysPage'),
});

const costsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/costs',
  component: lazyRouteComponent(() => import('./finops/costs-page.tsx'), 'CostsPage'),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  signedInRoute.addChildren([
    homeRoute,
    deploymentsRoute,
    instancesRoute,
    instanceRoute,
    chatRoute,
    modelsRoute,
    machinesRoute,
    workersRoute,
    traceRoute,
    keysRoute,
    costsRoute,
  ]),
]);
