import type { rest as en } from './en-rest.ts';
import { account } from './fr/account.ts';
import { audit } from './fr/audit.ts';
import { chat } from './fr/chat.ts';
import { commands } from './fr/commands.ts';
import { costs } from './fr/costs.ts';
import { deployments } from './fr/deployments.ts';
import { hosts } from './fr/hosts.ts';
import { instances } from './fr/instances.ts';
import { keys } from './fr/keys.ts';
import { market } from './fr/market.ts';
import { models } from './fr/models.ts';
import { offers } from './fr/offers.ts';
import { operations } from './fr/operations.ts';
import { organisation } from './fr/organisation.ts';
import { platform } from './fr/platform.ts';
import { providers } from './fr/providers.ts';
import { requests } from './fr/requests.ts';
import { settings } from './fr/settings.ts';
import { signals } from './fr/signals.ts';
import { usage } from './fr/usage.ts';
import { views } from './fr/views.ts';
import { volumes } from './fr/volumes.ts';
import { wallet } from './fr/wallet.ts';
import { webhooks } from './fr/webhooks.ts';
import { workbench } from './fr/workbench.ts';

export const rest: Record<keyof typeof en, string> = {
  ...account,
  ...audit,
  ...chat,
  ...commands,
  ...costs,
  ...deployments,
  ...hosts,
  ...instances,
  ...keys,
  ...market,
  ...models,
  ...offers,
  ...operations,
  ...organisation,
  ...platform,
  ...providers,
  ...requests,
  ...settings,
  ...signals,
  ...usage,
  ...views,
  ...volumes,
  ...wallet,
  ...webhooks,
  ...workbench,
};
