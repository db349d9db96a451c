import { useSyncExternalStore } from 'react';

export const THEMES = ['light', 'dark', 'system'] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = 'inventiv.theme';
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let chosen: Theme = readChosen();

export function chooseTheme(theme: Theme): void {
  chosen = theme;
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Without storage the choice lasts as long as the tab.
  }
  paint();
}

/** Keeps `system` true to the system while the page is open. The first paint was done by public/theme.js. */
export function followSystemTheme(): void {
  systemDark.addEventListener('change', paint);
  paint();
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => chosen);
}

/** The theme in effect, for what is drawn on a canvas and cannot read CSS by itself. */
export function useResolvedTheme(): 'light' | 'dark' {
  return useSyncExternalStore(subscribe, resolved);
}

function resolved(): 'light' | 'dark' {
  if (chosen === 'system') return systemDark.matches ? 'dark' : 'light';
  return chosen;
}

function paint(): void {
  const theme = resolved();
  document.documentElement.dataset['theme'] = theme;
  document
    .querySelector('meta[name="theme-color"]')
    ?.setAttribute('content', theme === 'dark' ? '#151A21' : '#F7F8FA');
  for (const listener of listeners) listener();
}

function readChosen(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return THEMES.find((theme) => theme === stored) ?? 'system';
  } catch {
    return 'system';
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
