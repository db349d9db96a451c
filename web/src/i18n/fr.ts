import type { MessageKey } from './en.ts';
import { alerts } from './fr/alerts.ts';
import { chat } from './fr/chat.ts';
import { commands } from './fr/commands.ts';
import { costs } from './fr/costs.ts';
import { deployments } from './fr/deployments.ts';
import { errors } from './fr/errors.ts';
import { home } from './fr/home.ts';
import { instances } from './fr/instances.ts';
import { keys } from './fr/keys.ts';
import { models } from './fr/models.ts';
import { operations } from './fr/operations.ts';
import { progress } from './fr/progress.ts';
import { shell } from './fr/shell.ts';
import { views } from './fr/views.ts';
import { volumes } from './fr/volumes.ts';

/** Every text of the console, in French. Elisions and spaces before `: ; ? !` follow French typography. */
export const fr: Record<MessageKey, string> = {
  ...alerts,
  ...chat,
  ...commands,
  ...costs,
  ...deployments,
  ...errors,
  ...home,
  ...instances,
  ...keys,
  ...progress,
  ...shell,
  ...views,
  ...models,
  ...operations,
  ...volumes,
};
