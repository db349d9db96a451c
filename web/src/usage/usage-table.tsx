import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { ShareBar } from '../widgets/share-bar.tsx';
import type { Dimension, Measure } from './usage-search.ts';
import { type Group, measured } from './usage-sums.ts';

export interface UsageTableProps {
  rows: readonly Group[];
  by: Dimension;
  measure: Measure;
  nameOf: (value: string | null) => string;
}

export function UsageTable({ rows, by, measure, nameOf }: UsageTableProps) {
  const { t, format } = useTranslation();
  const whole = rows.reduce((sum, row) => sum + measured(row, measure), 0);
  const columns: Column<Group>[] = [
    {
      id: 'name',
      header: t(`usage.by_${by}`),
      cell: (row) => (
        <Name by={by} value={row.value}>
          {nameOf(row.value)}
        </Name>
      ),
    },
    {
      id: 'share',
      header: t('usage.share'),
      isSecondary: true,
      cell: (row) => <ShareBar share={whole === 0 ? 0 : measured(row, measure) / whole} />,
    },
    { id: 'requests', header: t('usage.requests'), align: 'end', cell: (row) => format.number(row.requests) },
    { id: 'in', header: t('usage.input'), align: 'end', cell: (row) => format.number(row.prompt_tokens) },
    {
      id: 'cached',
      header: t('usage.cached'),
      align: 'end',
      isSecondary: true,
      cell: (row) => format.number(row.cached_tokens),
    },
    {
      id: 'out',
      header: t('usage.output'),
      align: 'end',
      cell: (row) => format.number(row.completion_tokens),
    },
  ];
  return (
    <Table
      label={t('usage.title')}
      columns={columns}
      rows={rows.toSorted((a, b) => measured(b, measure) - measured(a, measure))}
      rowKey={(row) => row.value ?? 'none'}
    />
  );
}

/** Leads to the requests behind the sum, where the log can be filtered by it. */
function Name({ by, value, children }: { by: Dimension; value: string | null; children: ReactNode }) {
  if (value === null || by === 'project' || by === 'outcome')
    return <span className="font-medium">{children}</span>;
  return (
    <Link
      to="/requests"
      search={{ [by]: value, span: 'all' }}
      className="font-medium text-accent underline-offset-2 hover:underline"
    >
      {children}
    </Link>
  );
}
