import { ArrowDown, ArrowUp } from 'lucide-react';
import { classNames } from '../design/class-names.ts';
import type { Column } from '../design/table.tsx';

export interface SortedColumn<T> extends Column<T> {
  /** The name by which the server sorts by this column. */
  sort?: string;
}

interface SortedTableProps<T> {
  label: string;
  columns: readonly SortedColumn<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  rowTestId?: (row: T) => string;
  /** As the server takes it: a field, from the greatest on with `-` before it. */
  sort: string;
  onSort: (sort: string) => void;
}

/** A table whose order the server makes. The first click on a column shows its greatest first. */
export function SortedTable<T>(props: SortedTableProps<T>) {
  const { label, columns, rows, rowKey, rowTestId, sort, onSort } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <div className="relative overflow-x-auto" role="group" aria-label={label} tabIndex={0}>
      <table className="w-full border-collapse text-left text-sm" aria-label={label}>
        <thead>
          <tr className="border-b border-border text-xs text-muted">
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              data-testid={rowTestId?.(row)}
              className="border-b border-border last:border-0 hover:bg-text/3"
            >
              {columns.map((column) => (
                <td
                  key={column.id}
                  className={classNames('h-10 px-3 py-1.5 first:pl-4 last:pr-4', cellClass(column))}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<T> extends Pick<SortedTableProps<T>, 'sort' | 'onSort'> {
  column: SortedColumn<T>;
}

function Head<T>({ column, sort, onSort }: HeadProps<T>) {
  const { sort: field, header, isHeaderHidden } = column;
  const isCurrent = field !== undefined && (sort === field || sort === `-${field}`);
  const isDescending = sort.startsWith('-');
  const Arrow = isDescending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      className={classNames('h-9 px-3 font-medium whitespace-nowrap first:pl-4 last:pr-4', cellClass(column))}
      {...(field === undefined
        ? {}
        : { 'aria-sort': isCurrent ? (isDescending ? 'descending' : 'ascending') : 'none' })}
    >
      {field === undefined ? (
        <span className={isHeaderHidden ? 'sr-only' : undefined}>{header}</span>
      ) : (
        <button
          type="button"
          className={classNames(
            'inline-flex h-7 items-center gap-1 rounded-sm font-medium hover:text-text',
            isCurrent && 'text-text',
          )}
          onClick={() => onSort(isCurrent && isDescending ? field : `-${field}`)}
        >
          {header}
          {isCurrent && <Arrow aria-hidden className="size-3.5" />}
        </button>
      )}
    </th>
  );
}

function cellClass<T>({ align, isSecondary, className }: Column<T>): string {
  return classNames(className, align === 'end' && 'text-right', isSecondary && 'hidden md:table-cell');
}
