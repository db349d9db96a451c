import { first } from './en-first.ts';
import { rest } from './en-rest.ts';

/** Every text of the console, in English. The French texts must have the same keys, or the type check fails. */
export const en = { ...first, ...rest } as const;

export type MessageKey = keyof typeof en;
