// Runs before the first paint, so that neither theme nor language flashes. Kept in a file of its own because the
// content security policy allows no inline script. The keys and rules are those of shell/theme.ts and i18n/i18n.ts.
(() => {
  const root = document.documentElement;
  let theme = 'system';
  let language = navigator.language;
  try {
    theme = localStorage.getItem('inventiv.theme') ?? 'system';
    language = localStorage.getItem('inventiv.language') ?? language;
  } catch {
    // Storage can be forbidden; the system's theme and the browser's language serve then.
  }
  const isDark =
    theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = isDark ? 'dark' : 'light';
  root.lang = language.toLowerCase().startsWith('fr') ? 'fr' : 'en';
})();
