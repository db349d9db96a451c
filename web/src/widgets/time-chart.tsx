import 'uplot/dist/uPlot.min.css';
import './time-chart.css';
import { ChartLine, Table2 } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { IconButton } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useResolvedTheme } from '../shell/theme.ts';
import { chartOptions } from './chart-options.ts';
import { ChartTable } from './chart-table.tsx';

export interface ChartSeries {
  label: string;
  values: readonly (number | null)[];
}

export interface TimeChartProps {
  title: string;
  /** Seconds since the epoch, rising. */
  times: readonly number[];
  series: readonly ChartSeries[];
  format: (value: number) => string;
  /** Fixed upper edge, such as 100 for a percentage; otherwise the data decides. */
  max?: number;
  heightPx?: number;
  isFilled?: boolean;
  /** For lines with holes, in which a single value would not be seen. */
  hasPoints?: boolean;
  /** Charts with the same key show the same moment under the pointer. */
  syncKey?: string;
}

/** Lines over time. The same figures can be read as a table; the last ones stand beside the title. */
export function TimeChart(props: TimeChartProps) {
  const { title, times, series, format } = props;
  const { t } = useTranslation();
  const titleId = useId();
  const [isTable, setTable] = useState(false);
  const [cursor, setCursor] = useState<number | null>(null);
  const index = cursor ?? times.length - 1;
  return (
    <figure aria-labelledby={titleId} className="card min-w-0 p-4">
      <figcaption className="mb-3 flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h3 id={titleId} className="text-sm font-semibold">
            {title}
          </h3>
          <ul className="tabular mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-xs">
            {series.map(({ label, values }, position) => {
              const value = values[index];
              return (
                <li key={label} className="flex items-center gap-1.5">
                  <span
                    aria-hidden
                    className={classNames('h-[3px] w-3 rounded-full', `chart-key-${(position % 8) + 1}`)}
                  />
                  <span className="text-muted">{label}</span>
                  <span className="font-medium">
                    {value === null || value === undefined ? '–' : format(value)}
                  </span>
                </li>
              );
            })}
          </ul>
        </div>
        <IconButton
          isCompact
          label={t(isTable ? 'chart.as_chart' : 'chart.as_table', { title })}
          icon={isTable ? <ChartLine className="size-4" /> : <Table2 className="size-4" />}
          onClick={() => setTable(!isTable)}
        />
      </figcaption>
      {isTable ? (
        <ChartTable title={title} times={times} series={series} format={format} />
      ) : (
        <Plot {...props} onCursor={setCursor} />
      )}
    </figure>
  );
}

/** As wide as its box. The observer tells at once too, when nothing has changed; drawing long lines takes its time. */
function followWidth(plot: uPlot, box: HTMLElement): () => void {
  const observer = new ResizeObserver(() => {
    if (plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: plot.height });
  });
  observer.observe(box);
  return () => observer.disconnect();
}

type PlotProps = TimeChartProps & { onCursor: (index: number | null) => void };

function Plot(props: PlotProps) {
  const { times, series, heightPx = 160, onCursor } = props;
  const { t } = useTranslation();
  const theme = useResolvedTheme();
  const boxRef = useRef<HTMLDivElement>(null);
  const plotRef = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const values = useMemo(
    () => [times, ...series.map((line) => line.values)] as uPlot.AlignedData,
    [times, series],
  );
  const valuesRef = useRef(values);
  valuesRef.current = values;
  const lines = series.map((line) => line.label).join('\n');

  // The plot is built anew only when its lines or colours change; new figures are handed to the one that stands.
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and lines are the reasons to build again.
  useEffect(() => {
    const box = boxRef.current;
    if (!box) return;
    const plot = new uPlot(
      chartOptions({
        ...latest.current,
        widthPx: box.clientWidth,
        heightPx,
        onCursor,
        format: (value) => latest.current.format(value),
      }),
      valuesRef.current,
      box,
    );
    plotRef.current = plot;
    const endFollowing = followWidth(plot, box);
    return () => {
      endFollowing();
      plot.destroy();
      plotRef.current = null;
    };
  }, [theme, lines, heightPx, onCursor]);

  useEffect(() => {
    const plot = plotRef.current;
    if (plot && plot.data !== values) plot.setData(values);
  }, [values]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const plot = plotRef.current;
    if (step === 0 || !plot) return;
    event.preventDefault();
    const from = plot.cursor.idx ?? times.length - 1;
    const time = times[Math.min(times.length - 1, Math.max(0, from + step))];
    if (time !== undefined) plot.setCursor({ left: plot.valToPos(time, 'x'), top: heightPx / 3 });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group that takes the arrow keys; there is no element for it.
    <div
      ref={boxRef}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the cursor.
      tabIndex={0}
      aria-label={t('chart.keyboard', { title: props.title })}
      onKeyDown={onKeyDown}
      className="min-w-0 rounded-sm"
      style={{ height: heightPx }}
    />
  );
}
