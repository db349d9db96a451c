import { useEffect, useState } from 'react';

/** The value after it has stayed the same for a moment: a search is asked for once, not with every key. */
export function useSettled<T>(value: T, delayMs = 200): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), delayMs);
    return () => window.clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
