import { alerts } from './en/alerts.ts';
import { chat } from './en/chat.ts';
import { commands } from './en/commands.ts';
import { costs } from './en/costs.ts';
import { deployments } from './en/deployments.ts';
import { errors } from './en/errors.ts';
import { home } from './en/home.ts';
import { instances } from './en/instances.ts';
import { keys } from './en/keys.ts';
import { models } from './en/models.ts';
import { operations } from './en/operations.ts';
import { progress } from './en/progress.ts';
import { shell } from './en/shell.ts';
import { views } from './en/views.ts';
import { volumes } from './en/volumes.ts';

/** Every text of the console, in English. The French texts must have the same keys, or the type check fails. */
export const en = {
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
} as const;

export type MessageKey = keyof typeof en;
