import { access } from './en/access.ts';
import { account } from './en/account.ts';
import { alerts } from './en/alerts.ts';
import { audit } from './en/audit.ts';
import { chat } from './en/chat.ts';
import { commands } from './en/commands.ts';
import { costs } from './en/costs.ts';
import { deployments } from './en/deployments.ts';
import { errors } from './en/errors.ts';
import { home } from './en/home.ts';
import { hosts } from './en/hosts.ts';
import { instances } from './en/instances.ts';
import { keys } from './en/keys.ts';
import { market } from './en/market.ts';
import { models } from './en/models.ts';
import { offers } from './en/offers.ts';
import { operations } from './en/operations.ts';
import { organisation } from './en/organisation.ts';
import { platform } from './en/platform.ts';
import { progress } from './en/progress.ts';
import { providers } from './en/providers.ts';
import { requests } from './en/requests.ts';
import { settings } from './en/settings.ts';
import { shell } from './en/shell.ts';
import { signals } from './en/signals.ts';
import { usage } from './en/usage.ts';
import { views } from './en/views.ts';
import { volumes } from './en/volumes.ts';
import { wallet } from './en/wallet.ts';
import { webhooks } from './en/webhooks.ts';
import { workbench } from './en/workbench.ts';

/** Every text of the console, in English. The French texts must have the same keys, or the type check fails. */
export const en = {
  ...alerts,
  ...chat,
  ...commands,
  ...costs,
  ...deployments,
  ...errors,
  ...home,
  ...hosts,
  ...instances,
  ...keys,
  ...progress,
  ...requests,
  ...shell,
  ...signals,
  ...usage,
  ...views,
  ...models,
  ...offers,
  ...operations,
  ...volumes,
  ...access,
  ...organisation,
  ...account,
  ...providers,
  ...settings,
  ...audit,
  ...webhooks,
  ...workbench,
  ...platform,
  ...market,
  ...wallet,
} as const;

export type MessageKey = keyof typeof en;
