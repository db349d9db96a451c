/** Every word for a running stack, in the order of the help. */
import type { Word } from './word.ts';
import { CATALOGUE_WORDS } from './words/catalogue.ts';
import { CHAT_WORDS } from './words/chat.ts';
import { completionWord } from './words/completion.ts';
import { DEPLOYMENT_WORDS } from './words/deployments.ts';
import { INSTANCE_WORDS } from './words/instances.ts';
import { KEY_WORDS } from './words/keys.ts';
import { MONEY_WORDS } from './words/money.ts';
import { SESSION_WORDS } from './words/session.ts';
import { WATCH_WORDS } from './words/watch.ts';
import { WEBHOOK_WORDS } from './words/webhooks.ts';

export const WORDS: readonly Word[] = [
  ...SESSION_WORDS,
  ...CATALOGUE_WORDS,
  ...DEPLOYMENT_WORDS,
  ...INSTANCE_WORDS,
  ...CHAT_WORDS,
  ...KEY_WORDS,
  ...MONEY_WORDS,
  ...WATCH_WORDS,
  ...WEBHOOK_WORDS,
  completionWord(() => WORDS),
];
