import { isProgramPath } from '#http/paths.ts';

const HOME = '/';
const LENGTH_MAX = 2_000;

/**
 * Where a browser goes after it signed in: a page of ours, or the first one. `//host`, `/\host` and their like leave
 * the site in some browsers, so what is not plainly a path of ours is dropped.
 */
export function readReturnPath(text: string | undefined): string {
  if (text === undefined || text.length > LENGTH_MAX) return HOME;
  if (!/^\/(?![/\\])/.test(text) || /[\p{Cc}\s\\]/u.test(text)) return HOME;
  if (!URL.canParse(text, 'http://here.invalid')) return HOME;
  const url = new URL(text, 'http://here.invalid');
  // After dots and the like are resolved it may begin with two slashes again.
  const isOurs = url.origin === 'http://here.invalid' && !url.pathname.startsWith('//');
  return isOurs && !isProgramPath(url.pathname) ? `${url.pathname}${url.search}${url.hash}` : HOME;
}
