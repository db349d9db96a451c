import { type I18n, setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';

export type Language = 'en' | 'fr';

const STORAGE_KEY = 'inventiv.language';
type Texts = Readonly<Record<string, string>>;

/** In two parts: what the first page needs shall not wait for what all others need. */
const CATALOGUES: Record<Language, { first: () => Promise<Texts>; rest: () => Promise<Texts> }> = {
  en: {
    first: async () => (await import('./en-first.ts')).first,
    rest: async () => (await import('./en-rest.ts')).rest,
  },
  fr: {
    first: async () => (await import('./fr-first.ts')).first,
    rest: async () => (await import('./fr-rest.ts')).rest,
  },
};

export const i18n: I18n = setupI18n();
i18n.setMessagesCompiler(compileMessage);

/** Of which languages everything is there. */
const whole = new Map<Language, Promise<void>>();
let isWholeWanted = false;

/** Loads one language and shows it. Only the language in use is fetched. */
export async function activateLanguage(language: Language): Promise<void> {
  const { first } = CATALOGUES[language];
  const [texts] = await Promise.all([first(), isWholeWanted ? loadRest(language) : undefined]);
  document.documentElement.lang = language;
  i18n.load(language, { ...texts });
  i18n.activate(language);
}

/** To be waited for before anything is shown that is neither a first page nor stands around every page. */
export async function loadAllTexts(): Promise<void> {
  isWholeWanted = true;
  await loadRest(i18n.locale === 'fr' ? 'fr' : 'en');
}

function loadRest(language: Language): Promise<void> {
  const known = whole.get(language);
  if (known !== undefined) return known;
  const loading = CATALOGUES[language].rest().then((texts) => i18n.load(language, { ...texts }));
  whole.set(language, loading);
  // What failed, as on a lost connection, is tried again by who needs it next.
  loading.catch(() => whole.delete(language));
  return loading;
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
