import { lazyRouteComponent } from '@tanstack/react-router';
import { withTexts } from '../i18n/with-texts.ts';

/** A page that is a chunk of its own, and comes with the texts of all pages. */
export function lazyPage<T extends Record<string, unknown>, Name extends keyof T & string>(
  load: () => Promise<T>,
  name: Name,
) {
  return lazyRouteComponent(withTexts(load), name);
}
