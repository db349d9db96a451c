/** What the first pages say, and what stands around every page: loaded before anything is painted. */
import { access } from './en/access.ts';
import { alerts } from './en/alerts.ts';
import { errors } from './en/errors.ts';
import { frame } from './en/frame.ts';
import { home } from './en/home.ts';
import { progress } from './en/progress.ts';
import { shell } from './en/shell.ts';

export const first = {
  ...access,
  ...alerts,
  ...errors,
  ...frame,
  ...home,
  ...progress,
  ...shell,
} as const;
