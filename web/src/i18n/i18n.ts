import { type I18n, setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import type { MessageKey } from './en.ts';

export type Language = 'en' | 'fr';

const STORAGE_KEY = 'inventiv.language';
const CATALOGUES: Record<Language, () => Promise<Record<MessageKey, string>>> = {
  en: async () => (await import('./en.ts')).en,
  fr: async () => (await import('./fr.ts')).fr,
};

export const i18n: I18n = setupI18n();
i18n.setMessagesCompiler(compileMessage);

/** Loads one language and shows it. Only the language in use is fetched. */
export async function activateLanguage(language: Language): Promise<void> {
  const messages = await CATALOGUES[language]();
  document.documentElement.lang = language;
  i18n.loadAndActivate({ locale: language, messages });
}

/** The language chosen before, else the browser's; the same rule as in public/theme.js. */
export function preferredLanguage(): Language {
  return document.documentElement.lang === 'fr' ? 'fr' : 'en';
}

export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Without storage the choice lasts as long as the tab.
  }
  await activateLanguage(language);
}
