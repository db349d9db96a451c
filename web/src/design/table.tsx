import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  align?: 'start' | 'end';
  /** Left out on narrow screens; the rest must still make sense. */
  isSecondary?: boolean;
  /** For what the width of the table itself decides. */
  className?: string;
  /** The header is there for screen readers only. */
  isHeaderHidden?: boolean;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  rowTestId?: (row: T) => string;
}

/** A table for lists of tens of rows. It scrolls sideways inside its own box, never the page. */
export function Table<T>({ label, columns, rows, rowKey, rowTestId }: TableProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <div className="relative overflow-x-auto" role="group" aria-label={label} tabIndex={0}>
      <table className="w-full border-collapse text-left text-sm" aria-label={label}>
        <thead>
          <tr className="border-b border-border text-xs text-muted">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={classNames('h-9 px-4 font-medium whitespace-nowrap', cellClass(column))}
              >
                {column.isHeaderHidden ? <span className="sr-only">{column.header}</span> : column.header}
              </th>
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
                <td key={column.id} className={classNames('h-10 px-4 py-1.5', cellClass(column))}>
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

function cellClass<T>({ align, isSecondary, className }: Column<T>): string {
  return classNames(className, align === 'end' && 'text-right', isSecondary && 'hidden md:table-cell');
}
