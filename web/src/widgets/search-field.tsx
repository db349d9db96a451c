import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

const PAUSE_MS = 300;

interface SearchFieldProps {
  label: string;
  value: string | undefined;
  /** Told when somebody stops typing; undefined when the field is empty. */
  onSearch: (text: string | undefined) => void;
}

/** A search that the server does: it is asked when somebody pauses, not at each letter. */
export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(value ?? '');
  const tell = useRef(onSearch);
  tell.current = onSearch;
  useEffect(() => {
    const wanted = text.trim() === '' ? undefined : text.trim();
    if (wanted === value) return;
    const timer = window.setTimeout(() => tell.current(wanted), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text, value]);
  return (
    <label className="relative w-full sm:w-64">
      <span className="sr-only">{label}</span>
      <Search aria-hidden className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted" />
      <input
        type="search"
        className="control pl-8!"
        placeholder={label}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  );
}
