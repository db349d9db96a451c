import './time-chart.css';
import { ChartColumn, Table2 } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { IconButton } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { stackOf } from './stack.ts';

export interface BarSeries {
  id: string;
  label: string;
  values: readonly number[];
}

interface StackedBarsProps {
  title: string;
  /** What each bar is about, such as a day, in the order of the values. */
  bars: readonly { id: string; label: string; shortLabel: string }[];
  /** The largest first; those beyond seven are drawn as one. */
  series: readonly BarSeries[];
  format: (value: number) => string;
  heightPx?: number;
}

const LABELS_MAX = 8;

/** Sums side by side, each cut into what it is made of. The same figures can be read as a table. */
export function StackedBars({ title, bars, series, format, heightPx = 220 }: StackedBarsProps) {
  const { t } = useTranslation();
  const titleId = useId();
  const [isTable, setTable] = useState(false);
  const [cursor, setCursor] = useState<number | null>(null);
  const { drawn, totals, max } = stackOf(series, bars.length, t('chart.others'));
  const shown = cursor === null ? undefined : bars[cursor];
  const figureOf = (values: readonly number[]) =>
    cursor === null ? values.reduce((sum, value) => sum + value, 0) : (values[cursor] ?? 0);
  return (
    <figure aria-labelledby={titleId} className="min-w-0">
      <figcaption className="mb-3 flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h3 id={titleId} className="text-sm font-semibold">
            {title}
            <span className="tabular ml-2 font-normal text-muted">
              {shown?.label ?? t('chart.whole_time')} · {format(figureOf(totals))}
            </span>
          </h3>
          <ul className="tabular mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-xs">
            {drawn.map(({ id, label, values }, position) => (
              <li key={id} className="flex min-w-0 items-center gap-1.5">
                <span
                  aria-hidden
                  className={classNames('size-2.5 shrink-0 rounded-[3px]', `chart-key-${position + 1}`)}
                />
                <span className="max-w-[28ch] truncate text-muted">{label}</span>
                <span className="font-medium">{format(figureOf(values))}</span>
              </li>
            ))}
          </ul>
        </div>
        <IconButton
          isCompact
          label={t(isTable ? 'chart.as_chart' : 'chart.as_table', { title })}
          icon={isTable ? <ChartColumn className="size-4" /> : <Table2 className="size-4" />}
          onClick={() => setTable(!isTable)}
        />
      </figcaption>
      {isTable ? (
        <div className="max-h-72 overflow-y-auto">
          <Table
            label={title}
            columns={[
              { id: 'bar', header: t('chart.time'), cell: (index: number) => bars[index]?.label },
              ...drawn.map(({ id, label, values }) => ({
                id,
                header: label,
                align: 'end' as const,
                cell: (index: number) => format(values[index] ?? 0),
              })),
            ]}
            rows={bars.map((_bar, index) => index).reverse()}
            rowKey={(index) => bars[index]?.id ?? ''}
          />
        </div>
      ) : (
        <Bars {...{ title, bars, drawn, max, format, heightPx, cursor, setCursor }} />
      )}
    </figure>
  );
}

interface BarsProps extends Pick<StackedBarsProps, 'title' | 'bars' | 'format'> {
  drawn: readonly BarSeries[];
  max: number;
  heightPx: number;
  cursor: number | null;
  setCursor: (index: number | null) => void;
}

function Bars({ title, bars, drawn, max, format, heightPx, cursor, setCursor }: BarsProps) {
  const { t } = useTranslation();
  const stride = Math.ceil(bars.length / LABELS_MAX);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    setCursor(Math.min(bars.length - 1, Math.max(0, (cursor ?? bars.length) + step)));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group that takes the arrow keys; there is no element for it.
    <div
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move from bar to bar.
      tabIndex={0}
      aria-label={t('chart.keyboard', { title })}
      onKeyDown={onKeyDown}
      onBlur={() => setCursor(null)}
      onPointerLeave={() => setCursor(null)}
      className="min-w-0 rounded-sm"
    >
      <div className="relative border-b border-control" style={{ height: heightPx }}>
        {[1, 0.5].map((share) => (
          <div
            key={share}
            className="absolute inset-x-0 border-t border-border"
            style={{ bottom: `${share * 92}%` }}
          >
            <span className="tabular absolute top-0.5 left-0 text-xs text-muted">{format(max * share)}</span>
          </div>
        ))}
        <div className="absolute inset-0 flex items-end gap-px pl-14 sm:gap-[3px]">
          {bars.map((bar, index) => (
            <div
              key={bar.id}
              className={classNames(
                'flex h-full min-w-0 flex-1 flex-col-reverse justify-start rounded-t-sm',
                cursor === index && 'bg-text/6',
              )}
              onPointerEnter={() => setCursor(index)}
            >
              {drawn.map(({ id, values }, position) => (
                <div
                  key={id}
                  className={`mx-auto w-full max-w-12 chart-key-${position + 1}`}
                  style={{ height: `${max === 0 ? 0 : ((values[index] ?? 0) / max) * 92}%` }}
                />
              ))}
            </div>
          ))}
        </div>
      </div>
      <div aria-hidden className="mt-1 flex gap-px pl-14 text-xs text-muted sm:gap-[3px]">
        {bars.map((bar, index) => (
          <span key={bar.id} className="min-w-0 flex-1 overflow-visible text-center whitespace-nowrap">
            {(bars.length - 1 - index) % stride === 0 && (
              // On a phone every other one: eight of them would run into each other.
              <span className={(bars.length - 1 - index) % (2 * stride) === 0 ? '' : 'hidden sm:inline'}>
                {bar.shortLabel}
              </span>
            )}
          </span>
        ))}
      </div>
    </div>
  );
}
