import { useSyncExternalStore } from 'react';

const narrow = window.matchMedia('(width < 768px)');

/** True under 768 px. For parts of which only one may exist at a time; plain layout is done in CSS. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
}
