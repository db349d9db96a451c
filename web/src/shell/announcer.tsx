import { useEffect, useState } from 'react';

const GAP_MS = 10_000;
let say: ((text: string) => void) | null = null;

/** Tells screen readers something short, politely. */
export function announce(text: string): void {
  say?.(text);
}

let lastLiveMs = 0;

/** Like `announce`, for news nobody asked for: at most one in ten seconds, the rest can be read on the page. */
export function announceNews(text: string): void {
  const now = Date.now();
  if (now - lastLiveMs < GAP_MS) return;
  lastLiveMs = now;
  announce(text);
}

export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    say = setText;
    return () => {
      say = null;
    };
  }, []);
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
