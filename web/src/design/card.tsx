import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

interface CardProps {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Content that brings its own edges, such as a table. */
  isFlush?: boolean;
  className?: string;
}

export function Card({ title, note, actions, children, isFlush = false, className }: CardProps) {
  const titleId = useId();
  return (
    <section aria-labelledby={titleId} className={classNames('card min-w-0 overflow-hidden', className)}>
      <header className="flex min-h-[52px] flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3 pb-2">
        <h2 id={titleId} className="text-base font-semibold">
          {title}
        </h2>
        {note && <div className="text-sm text-muted">{note}</div>}
        {actions && <div className="ml-auto flex min-w-0 items-center gap-2">{actions}</div>}
      </header>
      <div className={isFlush ? '' : 'px-4 pb-4'}>{children}</div>
    </section>
  );
}
