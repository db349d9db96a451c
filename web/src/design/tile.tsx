import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Skeleton } from './skeleton.tsx';

interface TileProps {
  label: string;
  icon?: LucideIcon;
  value: ReactNode;
  note?: ReactNode;
  isLoading?: boolean;
  testId?: string;
  className?: string;
}

/** One figure that matters, with its name above and its context below. */
export function Tile({ label, icon: Icon, value, note, isLoading = false, testId, className }: TileProps) {
  return (
    <section
      className={classNames('card flex min-w-0 flex-col gap-1 p-3.5 md:p-4', className)}
      aria-label={label}
    >
      <div className="flex items-center gap-2 text-sm text-muted">
        {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
        <span className="truncate">{label}</span>
      </div>
      <div
        className="tabular mt-1 min-h-[30px] truncate text-xl leading-[30px] font-semibold sm:text-2xl tracking-tight"
        data-testid={testId}
      >
        {isLoading ? <Skeleton className="h-7 w-28" /> : (value ?? '–')}
      </div>
      {note && <div className="tabular text-sm text-muted">{note}</div>}
    </section>
  );
}
