import type { MessageKey } from './en.ts';
import { chat } from './fr/chat.ts';
import { costs } from './fr/costs.ts';
import { deployments } from './fr/deployments.ts';
import { errors } from './fr/errors.ts';
import { home } from './fr/home.ts';
import { instances } from './fr/instances.ts';
import { keys } from './fr/keys.ts';
import { progress } from './fr/progress.ts';
import { shell } from './fr/shell.ts';

/** Every text of the console, in French. Elisions and spaces before `: ; ? !` follow French typography. */
export const fr: Record<MessageKey, string> = {
  ...chat,
  ...costs,
  ...deployments,
  ...errors,
  ...home,
  ...instances,
  ...keys,
  ...progress,
  ...shell,
};
