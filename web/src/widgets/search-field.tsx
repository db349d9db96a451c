import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

const PAUSE_MS = 250;

interface SearchFieldProps {
  label: string;
  value: string | undefined;
  onFind: (text: string | undefined) => void;
  testId?: string;
}

/** A search that the server does: asked when the typing pauses, and told anew when the address changes by itself. */
export function SearchField({ label, value = '', onFind, testId }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const tell = useRef(onFind);
  tell.current = onFind;
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    const asked = text.trim();
    if (asked === told.current) return;
    const timer = window.setTimeout(() => {
      told.current = asked;
      tell.current(asked === '' ? undefined : asked);
    }, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return (
    <label className="relative w-full sm:w-72">
      <span className="sr-only">{label}</span>
      <Search aria-hidden className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted" />
      <input
        type="search"
        className="control pl-8!"
        placeholder={label}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        data-testid={testId}
      />
    </label>
  );
}
