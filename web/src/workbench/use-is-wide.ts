import { useSyncExternalStore } from 'react';

const wide = window.matchMedia('(width >= 1100px)');

/** Room for the list of conversations beside the open one. */
export function useIsWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      wide.addEventListener('change', listener);
      return () => wide.removeEventListener('change', listener);
    },
    () => wide.matches,
  );
}
