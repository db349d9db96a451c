import type uPlot from 'uplot';
import type { TimeChartProps } from './time-chart.tsx';

const PALETTE_SIZE = 8;
const AXIS_FONT = '11px "Inter Variable", system-ui, sans-serif';

interface ChartOptionsInput extends TimeChartProps {
  widthPx: number;
  heightPx: number;
  onCursor: (index: number | null) => void;
}

/** What uPlot needs to draw our lines in the colours of the theme in effect. */
export function chartOptions(input: ChartOptionsInput): uPlot.Options {
  const { widthPx, heightPx, series, max, isFilled, syncKey, format, onCursor } = input;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    font: AXIS_FONT,
    grid: { stroke: color('--border'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: widthPx,
    height: heightPx,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      points: { size: 7, width: 2 },
      drag: { x: false, y: false },
      ...(syncKey === undefined ? {} : { sync: { key: syncKey } }),
    },
    scales: { x: { time: true }, y: { range: (_plot, low, high) => yRange(low, high, max) } },
    axes: [
      { ...axis, size: 26, grid: { show: false }, space: 70, values: (_plot, times) => timeLabels(times) },
      {
        ...axis,
        size: (_plot, labels) =>
          Math.max(36, 12 + 6.6 * Math.max(0, ...(labels ?? []).map((label) => label.length))),
        space: 36,
        values: (_plot, values) => values.map(format),
      },
    ],
    series: [
      {},
      ...series.map((line, index) => {
        const stroke = color(`--chart-${(index % PALETTE_SIZE) + 1}`);
        return {
          label: line.label,
          stroke,
          width: 1.75,
          points: { show: input.hasPoints ?? false, size: 4 },
          spanGaps: false,
          ...(isFilled ? { fill: `${stroke}1f` } : {}),
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}

/** From zero, with air above; a flat line of zeros still gets a scale. */
function yRange(low: number | null, high: number | null, max: number | undefined): uPlot.Range.MinMax {
  const bottom = Math.min(0, low ?? 0);
  if (max !== undefined) return [bottom, max];
  return [bottom, high === null || high <= 0 ? 1 : high * 1.12];
}

function timeLabels(times: readonly number[]): string[] {
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const options: Intl.DateTimeFormatOptions =
    span > 172_800
      ? { day: 'numeric', month: 'short' }
      : { hour: '2-digit', minute: '2-digit', ...(span < 240 ? { second: '2-digit' } : {}) };
  const format = new Intl.DateTimeFormat(document.documentElement.lang === 'fr' ? 'fr-FR' : 'en-GB', options);
  return times.map((time) => format.format(time * 1_000));
}
