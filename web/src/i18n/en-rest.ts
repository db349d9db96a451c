/** What all other pages say: loaded with the first of them. */
import { account } from './en/account.ts';
import { audit } from './en/audit.ts';
import { chat } from './en/chat.ts';
import { commands } from './en/commands.ts';
import { costs } from './en/costs.ts';
import { deployments } from './en/deployments.ts';
import { hosts } from './en/hosts.ts';
import { instances } from './en/instances.ts';
import { keys } from './en/keys.ts';
import { market } from './en/market.ts';
import { models } from './en/models.ts';
import { offers } from './en/offers.ts';
import { operations } from './en/operations.ts';
import { organisation } from './en/organisation.ts';
import { platform } from './en/platform.ts';
import { providers } from './en/providers.ts';
import { requests } from './en/requests.ts';
import { settings } from './en/settings.ts';
import { signals } from './en/signals.ts';
import { usage } from './en/usage.ts';
import { views } from './en/views.ts';
import { volumes } from './en/volumes.ts';
import { wallet } from './en/wallet.ts';
import { webhooks } from './en/webhooks.ts';
import { workbench } from './en/workbench.ts';

export const rest = {
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
} as const;
