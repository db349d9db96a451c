import { useLingui } from '@lingui/react';
import { useMemo } from 'react';
import type { MessageKey } from './en.ts';
import { createFormat, type Format } from './format.ts';
import type { Language } from './i18n.ts';

export type Translate = (key: MessageKey, values?: Record<string, string | number>) => string;

export interface Translation {
  t: Translate;
  format: Format;
  language: Language;
}

/** The words and number forms of the language in use; renders again when it changes. */
export function useTranslation(): Translation {
  const { i18n } = useLingui();
  const language: Language = i18n.locale === 'fr' ? 'fr' : 'en';
  return useMemo(
    () => ({
      t: (key, values) => i18n._(key, values),
      format: createFormat(language),
      language,
    }),
    [i18n, language],
  );
}
