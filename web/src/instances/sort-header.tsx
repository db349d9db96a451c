import { ArrowDown, ArrowUp } from 'lucide-react';
import { classNames } from '../design/class-names.ts';
import type { InstancesSearch, SortColumn } from './instances-search.ts';

interface SortHeaderProps {
  column: SortColumn;
  label: string;
  current: SortColumn;
  isDescending: boolean;
  isEnd?: boolean;
  className?: string;
  onSort: (part: InstancesSearch) => void;
}

export function SortHeader(props: SortHeaderProps) {
  const { column, label, current, isDescending, isEnd = false, className, onSort } = props;
  const isCurrent = column === current;
  const Arrow = isDescending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={isCurrent ? (isDescending ? 'descending' : 'ascending') : 'none'}
      className={classNames(isEnd ? 'text-right' : 'text-left', className)}
    >
      <button
        type="button"
        className={classNames(
          'inline-flex h-7 items-center gap-1 rounded-sm font-medium hover:text-text',
          isCurrent && 'text-text',
        )}
        onClick={() => onSort({ sort: column, desc: isCurrent ? !isDescending : false })}
      >
        {label}
        {isCurrent && <Arrow aria-hidden className="size-3.5" />}
      </button>
    </th>
  );
}
