import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

interface SectionProps {
  title: string;
  /** What is chosen, in a word; also read while it is folded. */
  note?: string | undefined;
  isSet: boolean;
  setTitle: string;
  children: ReactNode;
}

/** A part of the composer that is folded away until it is needed. Folded ones share a row; an open one takes its own. */
export function Section({ title, note, isSet, setTitle, children }: SectionProps) {
  return (
    <details className="group min-w-0 flex-1 basis-40 border-b border-border open:basis-full">
      <summary className="flex h-9 list-none items-center gap-1.5 rounded-t-lg px-3.5 text-xs font-medium text-muted select-none hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-3.5 shrink-0 transition-transform group-open:rotate-90" />
        <span className="shrink-0">{title}</span>
        {isSet && <span className="ml-1 size-1.5 shrink-0 rounded-full bg-accent" title={setTitle} />}
        {note !== undefined && <span className="ml-1 truncate font-normal">{note}</span>}
      </summary>
      {children}
    </details>
  );
}
