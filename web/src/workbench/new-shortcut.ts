import { useEffect, useRef } from 'react';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
/** As a person reads it. */
export const NEW_KEYS = isMac ? '⇧⌘O' : 'Ctrl+Shift+O';

/** Begins a new conversation from anywhere on the page. */
export function useNewShortcut(onNew: () => void): void {
  const begin = useRef(onNew);
  begin.current = onNew;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.shiftKey || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      if (event.key.toLowerCase() !== 'o') return;
      event.preventDefault();
      begin.current();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
