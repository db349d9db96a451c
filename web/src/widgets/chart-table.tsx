import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import type { ChartSeries } from './time-chart.tsx';

const ROWS_MAX = 60;

interface ChartTableProps {
  title: string;
  times: readonly number[];
  series: readonly ChartSeries[];
  format: (value: number) => string;
}

/** The figures of a chart, newest first, thinned to a length one can read. */
export function ChartTable({ title, times, series, format }: ChartTableProps) {
  const { t, format: words } = useTranslation();
  const stride = Math.max(1, Math.ceil(times.length / ROWS_MAX));
  const rows = times
    .map((_time, index) => index)
    .filter((index) => (times.length - 1 - index) % stride === 0)
    .reverse();
  const columns: Column<number>[] = [
    {
      id: 'time',
      header: t('chart.time'),
      cell: (index) => words.time(new Date((times[index] ?? 0) * 1_000).toISOString()),
    },
    ...series.map(
      ({ label, values }): Column<number> => ({
        id: label,
        header: label,
        align: 'end',
        cell: (index) => {
          const value = values[index];
          return value === null || value === undefined ? '–' : format(value);
        },
      }),
    ),
  ];
  return (
    <div className="max-h-64 overflow-y-auto">
      <Table label={title} columns={columns} rows={rows} rowKey={String} />
    </div>
  );
}
