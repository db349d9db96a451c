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
import { readAuditSearch } from './audit/audit-search.ts';
import { readMachinesSearch } from './catalog/machines-search.ts';
import { readModelsSearch } from './catalog/models-search.ts';
import { readDeploymentsSearch } from './deployments/deployments-search.ts';
import { readCostsSearch } from './finops/costs-search.ts';
import { readActivationsSearch } from './identity/activation/activations-search.ts';
import { readKeysSearch } from './identity/keys-search.ts';
import { workspaceRewrite } from './identity/open-workspace.ts';
import { readMembersSearch } from './identity/organisation/members-search.ts';
import { sessionQuery } from './identity/session.ts';
import { readInstanceTab } from './instances/instance-tab.ts';
import { readInstancesSearch } from './instances/instances-search.ts';
import { readWorkersSearch } from './instances/workers-search.ts';
import {
  readContractsSearch,
  readOfferingPageSearch,
  readOfferingsSearch,
  readRequestsToUsSearch,
  readUseSearch,
  readWalletSearch,
} from './market/market-search.ts';
import { readObservabilitySearch } from './observability/observability-search.ts';
import { readOrganisationsSearch, readUsersSearch } from './platform/platform-search.ts';
import { readRequestsSearch } from './requests/requests-search.ts';
import { lazyPage } from './shell/lazy-page.ts';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { RouteError } from './shell/route-error.tsx';
import { Shell } from './shell/shell.tsx';
import { readUsageSearch } from './usage/usage-search.ts';
import { readDeliveriesSearch } from './webhooks/deliveries-search.ts';
import { readTexts } from './widgets/read-search.ts';
import { readChatSearch } from './workbench/chat-search.ts';
import { readPromptsSearch } from './workbench/prompts-search.ts';

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
    rewrite: workspaceRewrite,
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
  validateSearch: (search: Record<string, unknown>): { next?: string; error?: string } => {
    const { next } = search;
    return {
      // Only a path of our own is followed: `//host` and `/\host` would leave the site.
      ...(typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {}),
      // Why a single sign-on failed: the code of an error, never a text to show.
      ...readTexts(search, ['error']),
    };
  },
  component: lazyRouteComponent(() => import('./identity/login-page.tsx'), 'LoginPage'),
});

const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot-password',
  component: lazyPage(() => import('./identity/forgot-password-page.tsx'), 'ForgotPasswordPage'),
});

const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset-password',
  component: lazyPage(() => import('./identity/reset-password-page.tsx'), 'ResetPasswordPage'),
});

const confirmEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/confirm-email',
  component: lazyPage(() => import('./identity/confirm-email-page.tsx'), 'ConfirmEmailPage'),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitation',
  component: lazyPage(() => import('./identity/invitation-page.tsx'), 'InvitationPage'),
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
      const { pathname, publicHref } = location;
      throw redirect({ to: '/login', search: pathname === '/' ? {} : { next: publicHref } });
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
  component: lazyPage(() => import('./instances/instances-page.tsx'), 'InstancesPage'),
});

const deploymentsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/deployments',
  validateSearch: readDeploymentsSearch,
  component: lazyPage(() => import('./deployments/deployments-page.tsx'), 'DeploymentsPage'),
});

const instanceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/instances/$id',
  validateSearch: readInstanceTab,
  component: lazyPage(() => import('./instances/instance-page.tsx'), 'InstancePage'),
});

const chatRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/chat',
  validateSearch: readChatSearch,
  component: lazyPage(() => import('./workbench/chat-page.tsx'), 'ChatPage'),
});

const promptsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/chat/prompts',
  validateSearch: readPromptsSearch,
  component: lazyPage(() => import('./workbench/prompts-page.tsx'), 'PromptsPage'),
});

const modelsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/models',
  validateSearch: readModelsSearch,
  component: lazyPage(() => import('./catalog/models-page.tsx'), 'ModelsPage'),
});

const machinesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/machines',
  validateSearch: readMachinesSearch,
  component: lazyPage(() => import('./catalog/machines-page.tsx'), 'MachinesPage'),
});

const workersRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/workers',
  validateSearch: readWorkersSearch,
  component: lazyPage(() => import('./instances/workers-page.tsx'), 'WorkersPage'),
});

const traceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/trace/$id',
  component: lazyPage(() => import('./trace/trace-page.tsx'), 'TracePage'),
});

const keysRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/keys',
  validateSearch: readKeysSearch,
  component: lazyPage(() => import('./identity/keys-page.tsx'), 'KeysPage'),
});

const costsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/costs',
  validateSearch: readCostsSearch,
  component: lazyPage(() => import('./finops/costs-page.tsx'), 'CostsPage'),
});

const requestsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/requests',
  validateSearch: readRequestsSearch,
  component: lazyPage(() => import('./requests/requests-page.tsx'), 'RequestsPage'),
});

const usageRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/usage',
  validateSearch: readUsageSearch,
  component: lazyPage(() => import('./usage/usage-page.tsx'), 'UsagePage'),
});

const observabilityRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/observability',
  validateSearch: readObservabilitySearch,
  component: lazyPage(() => import('./observability/observability-page.tsx'), 'ObservabilityPage'),
});

const accountRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/account',
  component: lazyPage(() => import('./identity/account/account-page.tsx'), 'AccountPage'),
});

const organisationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/organisation',
  component: lazyPage(() => import('./identity/organisation/organisation-layout.tsx'), 'OrganisationLayout'),
});

const generalRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/',
  component: lazyPage(() => import('./identity/organisation/general-page.tsx'), 'GeneralPage'),
});

const membersRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/members',
  validateSearch: readMembersSearch,
  component: lazyPage(() => import('./identity/organisation/members-page.tsx'), 'MembersPage'),
});

const projectsRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/projects',
  component: lazyPage(() => import('./identity/organisation/projects-page.tsx'), 'ProjectsPage'),
});

const activationRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/activation',
  validateSearch: readActivationsSearch,
  component: lazyPage(() => import('./identity/activation/activation-page.tsx'), 'ActivationPage'),
});

const providersRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/providers',
  component: lazyPage(() => import('./providers/providers-page.tsx'), 'ProvidersPage'),
});

const hostsRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/hosts',
  component: lazyPage(() => import('./hosts/hosts-page.tsx'), 'HostsPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/settings',
  validateSearch: (search: Record<string, unknown>) => readTexts(search, ['q']),
  component: lazyPage(() => import('./settings/organisation-settings-page.tsx'), 'OrganisationSettingsPage'),
});

const auditRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyPage(() => import('./audit/audit-page.tsx'), 'AuditPage'),
});

const webhooksRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/webhooks',
  component: lazyPage(() => import('./webhooks/webhooks-page.tsx'), 'WebhooksPage'),
});

const webhookRoute = createRoute({
  getParentRoute: () => organisationRoute,
  path: '/webhooks/$id',
  validateSearch: readDeliveriesSearch,
  component: lazyPage(() => import('./webhooks/webhook-page.tsx'), 'WebhookPage'),
});

const marketRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/market',
  component: lazyPage(() => import('./market/market-layout.tsx'), 'MarketLayout'),
});

const discoverRoute = createRoute({
  getParentRoute: () => marketRoute,
  path: '/',
  validateSearch: readOfferingsSearch,
  component: lazyPage(() => import('./market/discover-page.tsx'), 'DiscoverPage'),
});

const useRoute = createRoute({
  getParentRoute: () => marketRoute,
  path: '/use',
  validateSearch: readUseSearch,
  component: lazyPage(() => import('./market/use-page.tsx'), 'UsePage'),
});

const ownOfferingsRoute = createRoute({
  getParentRoute: () => marketRoute,
  path: '/own',
  validateSearch: readOfferingsSearch,
  component: lazyPage(() => import('./market/own-page.tsx'), 'OwnOfferingsPage'),
});

const offeringRoute = createRoute({
  getParentRoute: () => marketRoute,
  path: '/offering/$id',
  validateSearch: readOfferingPageSearch,
  component: lazyPage(() => import('./market/offering-page.tsx'), 'OfferingPage'),
});

const accessRequestsRoute = createRoute({
  getParentRoute: () => marketRoute,
  path: '/requests',
  validateSearch: readRequestsToUsSearch,
  component: lazyPage(() => import('./market/requests-page.tsx'), 'AccessRequestsPage'),
});

const contractsRoute = createRoute({
  getParentRoute: () => marketRoute,
  path: '/contracts',
  validateSearch: readContractsSearch,
  component: lazyPage(() => import('./market/contracts-page.tsx'), 'ContractsPage'),
});

const walletRoute = createRoute({
  getParentRoute: () => marketRoute,
  path: '/wallet',
  validateSearch: readWalletSearch,
  component: lazyPage(() => import('./market/wallet-page.tsx'), 'WalletPage'),
});

const platformRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/platform',
  component: lazyPage(() => import('./platform/platform-layout.tsx'), 'PlatformLayout'),
});

const operationsRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: '/',
  component: lazyPage(() => import('./platform/operations-page.tsx'), 'OperationsPage'),
});

const usersRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: '/users',
  validateSearch: readUsersSearch,
  component: lazyPage(() => import('./platform/users-page.tsx'), 'UsersPage'),
});

const organisationsRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: '/organisations',
  validateSearch: readOrganisationsSearch,
  component: lazyPage(() => import('./platform/organisations-page.tsx'), 'OrganisationsPage'),
});

const platformSettingsRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: '/settings',
  validateSearch: (search: Record<string, unknown>) => readTexts(search, ['q']),
  component: lazyPage(() => import('./platform/platform-settings-page.tsx'), 'PlatformSettingsPage'),
});

const platformAuditRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyPage(() => import('./platform/platform-audit-page.tsx'), 'PlatformAuditPage'),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  confirmEmailRoute,
  invitationRoute,
  signedInRoute.addChildren([
    homeRoute,
    deploymentsRoute,
    instancesRoute,
    instanceRoute,
    chatRoute,
    promptsRoute,
    modelsRoute,
    machinesRoute,
    workersRoute,
    traceRoute,
    keysRoute,
    costsRoute,
    requestsRoute,
    usageRoute,
    observabilityRoute,
    accountRoute,
    organisationRoute.addChildren([
      generalRoute,
      membersRoute,
      projectsRoute,
      activationRoute,
      providersRoute,
      hostsRoute,
      settingsRoute,
      auditRoute,
      webhooksRoute,
      webhookRoute,
    ]),
    marketRoute.addChildren([
      discoverRoute,
      useRoute,
      ownOfferingsRoute,
      offeringRoute,
      accessRequestsRoute,
      contractsRoute,
      walletRoute,
    ]),
    platformRoute.addChildren([
      operationsRoute,
      usersRoute,
      organisationsRoute,
      platformSettingsRoute,
      platformAuditRoute,
    ]),
  ]),
]);
