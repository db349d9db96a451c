import type { MessageKey } from './en.ts';
import { first } from './fr-first.ts';
import { rest } from './fr-rest.ts';

export const fr: Record<MessageKey, string> = { ...first, ...rest };
