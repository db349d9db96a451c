const BROWSERS = [
  ['Firefox/', 'Firefox'],
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const SYSTEMS = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** `Firefox · Linux`, as far as a browser tells; else its own words, cut short. */
export function shortUserAgent(text: string | null): string | null {
  if (text === null) return null;
  const browser = BROWSERS.find(([sign]) => text.includes(sign))?.[1];
  const system = SYSTEMS.find(([sign]) => text.includes(sign))?.[1];
  const known = [browser, system].filter((part) => part !== undefined);
  return known.length > 0 ? known.join(' · ') : text.slice(0, 60);
}
