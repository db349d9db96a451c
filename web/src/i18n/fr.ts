import type { MessageKey } from './en.ts';
import { access } from './fr/access.ts';
import { account } from './fr/account.ts';
import { alerts } from './fr/alerts.ts';
import { audit } from './fr/audit.ts';
import { chat } from './fr/chat.ts';
import { commands } from './fr/commands.ts';
import { costs } from './fr/costs.ts';
import { deployments } from './fr/deployments.ts';
import { errors } from './fr/errors.ts';
import { home } from './fr/home.ts';
import { hosts } from './fr/hosts.ts';
import { instances } from './fr/instances.ts';
import { keys } from './fr/keys.ts';
import { market } from './fr/market.ts';
import { models } from './fr/models.ts';
import { offers } from './fr/offers.ts';
import { operations } from './fr/operations.ts';
import { organisation } from './fr/organisation.ts';
import { platform } from './fr/platform.ts';
import { progress } from './fr/progress.ts';
import { providers } from './fr/providers.ts';
import { requests } from './fr/requests.ts';
import { settings } from './fr/settings.ts';
import { shell } from './fr/shell.ts';
import { signals } from './fr/signals.ts';
import { usage } from './fr/usage.ts';
import { views } from './fr/views.ts';
import { volumes } from './fr/volumes.ts';
import { wallet } from './fr/wallet.ts';
import { webhooks } from './fr/webhooks.ts';
import { workbench } from './fr/workbench.ts';

/** Every text of the console, in French. Elisions and spaces before `: ; ? !` follow French typography. */
export const fr: Record<MessageKey, string> = {
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
};
