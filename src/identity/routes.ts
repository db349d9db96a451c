import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { Route } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import type { Sealer } from '#kernel/sealing.ts';
import type { QueueMail } from '#mail/queue-mail.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import { userRoutes } from './accounts/user-routes.ts';
import { apiKeyRoutes } from './api-key-routes.ts';
import type { SpentOf } from './api-key-views.ts';
import { oidcRoutes } from './oidc/oidc-routes.ts';
import type { SingleSignOn } from './oidc/single-sign-on.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import { totpRoutes } from './totp/totp-routes.ts';

export interface IdentityRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  /** Asked at each sign-in for the life of a session. */
  readonly settings: Settings;
  /** Whether browsers reach us over https. */
  readonly isSecure: boolean;
  readonly sealer: Sealer;
  readonly queueMail: QueueMail;
  /** Under which browsers reach us; links in mails begin with it. */
  readonly publicUrl: string;
  /** Undefined: people sign in with passwords only. */
  readonly singleSignOn?: SingleSignOn | undefined;
  /** What API keys used up; without it nobody counts. */
  readonly spentOf?: SpentOf;
}

export function identityRoutes(deps: IdentityRoutesDeps): Route[] {
  return [
    ...sessionRoutes(deps),
    ...oidcRoutes(deps),
    ...accountRoutes(deps),
    ...totpRoutes(deps),
    ...userRoutes(deps),
    ...apiKeyRoutes(deps),
  ];
}
