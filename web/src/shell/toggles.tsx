import { Monitor, Moon, Sun } from 'lucide-react';
import { IconButton } from '../design/button.tsx';
import { chooseLanguage } from '../i18n/i18n.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { chooseTheme, THEMES, type Theme, useTheme } from './theme.ts';

const ICONS: Record<Theme, typeof Sun> = { light: Sun, dark: Moon, system: Monitor };

/** Goes round light, dark, system. */
export function ThemeToggle() {
  const { t } = useTranslation();
  const theme = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  const Icon = ICONS[theme];
  return (
    <IconButton
      data-testid="theme-toggle"
      label={t('shell.theme', { current: t(`theme.${theme}`), next: t(`theme.${next}`) })}
      icon={<Icon aria-hidden className="size-[18px]" />}
      onClick={() => chooseTheme(next)}
    />
  );
}

export function LanguageToggle() {
  const { t, language } = useTranslation();
  const other = language === 'fr' ? 'en' : 'fr';
  return (
    <button
      type="button"
      data-testid="lang-toggle"
      title={t('shell.switch_language')}
      onClick={() => void chooseLanguage(other)}
      className="inline-flex h-9 min-w-9 items-center justify-center rounded-md px-2 text-xs font-semibold text-muted transition-colors hover:bg-text/8 hover:text-text"
    >
      {language.toUpperCase()}
      <span lang={other} className="sr-only">
        {t('shell.switch_language')}
      </span>
    </button>
  );
}
