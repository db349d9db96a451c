import type { first as en } from './en-first.ts';
import { access } from './fr/access.ts';
import { alerts } from './fr/alerts.ts';
import { errors } from './fr/errors.ts';
import { frame } from './fr/frame.ts';
import { home } from './fr/home.ts';
import { progress } from './fr/progress.ts';
import { shell } from './fr/shell.ts';

export const first: Record<keyof typeof en, string> = {
  ...access,
  ...alerts,
  ...errors,
  ...frame,
  ...home,
  ...progress,
  ...shell,
};
