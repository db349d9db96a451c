import { CircleCheck } from 'lucide-react';
import { useEffect, useState } from 'react';

interface Toast {
  id: number;
  text: string;
}

const SHOWN_MS = 4_000;
let show: ((text: string) => void) | null = null;
let lastId = 0;

/** Confirms something that went well. Errors never come here: they stay where they happened. */
export function toast(text: string): void {
  show?.(text);
}

export function Toaster() {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  useEffect(() => {
    show = (text) => {
      lastId += 1;
      const id = lastId;
      setToasts((old) => [...old, { id, text }]);
      window.setTimeout(() => setToasts((old) => old.filter((entry) => entry.id !== id)), SHOWN_MS);
    };
    return () => {
      show = null;
    };
  }, []);
  return (
    <div
      role="status"
      className="pointer-events-none fixed right-4 bottom-20 z-60 flex flex-col gap-2 md:bottom-4"
    >
      {toasts.map(({ id, text }) => (
        <div
          key={id}
          className="flex items-center gap-2.5 rounded-lg border border-border bg-raised px-4 py-3 text-sm shadow-pop"
        >
          <CircleCheck aria-hidden className="size-4 shrink-0 text-ok" />
          {text}
        </div>
      ))}
    </div>
  );
}
