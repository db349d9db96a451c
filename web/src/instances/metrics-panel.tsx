import { useQuery } from '@tanstack/react-query';
import { Activity } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { InstanceView } from '#contracts/instances.ts';
import type { GpuSample, InstanceSample } from '../api/types.ts';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { TimeChart, type TimeChartProps } from '../widgets/time-chart.tsx';
import { metricsQuery } from './queries.ts';
import { isEnded } from './states.ts';

const MINUTE_MS = 60_000;
const GIB = 2 ** 30;
const RANGES = {
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '6h': 360 * MINUTE_MS,
  '24h': 1_440 * MINUTE_MS,
} as const;
type Range = keyof typeof RANGES;
type Chart = Pick<TimeChartProps, 'title' | 'series' | 'format' | 'max'>;

/** What the machine does: its GPUs, its queue and the tokens that come out. One pointer runs through all charts. */
export function MetricsPanel({ instance }: { instance: InstanceView }) {
  const instanceId = instance.id;
  const { t, format } = useTranslation();
  const [range, setRange] = useState<Range>('15m');
  const metrics = useQuery(metricsQuery(instanceId, RANGES[range], !isEnded(instance)));
  const samples = metrics.data;
  const times = useMemo(
    () => samples?.map((sample) => new Date(sample.at).getTime() / 1_000) ?? [],
    [samples],
  );
  const charts = useMemo(() => (samples ? chartsOf(samples, { t, format }) : []), [samples, t, format]);
  return (
    <section aria-labelledby="metrics-title" className="min-w-0">
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <h2 id="metrics-title" className="text-base font-semibold">
          {t('metrics.title')}
        </h2>
        <div className="ml-auto">
          <Segmented
            label={t('metrics.range')}
            value={range}
            options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`range.${value}`) }))}
            onChange={setRange}
          />
        </div>
      </div>
      {metrics.isError && (
        <ErrorState error={metrics.error} onRetry={() => void metrics.refetch()} className="mb-4" />
      )}
      {metrics.isPending && (
        <div className="grid gap-4 lg:grid-cols-2">
          <Skeleton className="h-56" />
          <Skeleton className="h-56" />
        </div>
      )}
      {samples?.length === 0 && (
        <div className="card">
          <EmptyState icon={Activity} title={t('metrics.none')}>
            {t('metrics.none_text')}
          </EmptyState>
        </div>
      )}
      {samples && samples.length > 0 && (
        <div className="grid gap-4 lg:grid-cols-2 xl:grid-cols-3">
          {charts.filter(hasFigures).map((chart) => (
            <TimeChart key={chart.title} {...chart} times={times} syncKey={instanceId} />
          ))}
        </div>
      )}
    </section>
  );
}

function chartsOf(
  samples: readonly InstanceSample[],
  { t, format }: Pick<Translation, 't' | 'format'>,
): Chart[] {
  const perGpu = (read: (gpu: GpuSample) => number) => {
    const count = Math.max(0, ...samples.map((sample) => sample.gpus.length));
    return Array.from({ length: count }, (_, index) => ({
      label: `GPU ${index}`,
      values: samples.map((sample) => {
        const gpu = sample.gpus.find((entry) => entry.index === index);
        return gpu ? read(gpu) : null;
      }),
    }));
  };
  const line = (label: string, read: (sample: InstanceSample) => number | null) =>
    lineOf(samples, label, read);
  const vram = Math.max(1, ...samples.flatMap((sample) => sample.gpus.map((gpu) => gpu.memory_total_bytes)));
  return [
    {
      title: t('metrics.tokens'),
      series: [line(t('metrics.tokens_line'), (sample) => sample.tokens_per_second)],
      format: (value) => format.number(value, value % 1 === 0 ? 0 : 1),
    },
    {
      title: t('metrics.requests'),
      series: [
        line(t('metrics.running'), (sample) => sample.requests_running),
        line(t('metrics.waiting'), (sample) => sample.requests_waiting),
      ],
      format: (value) => format.number(value, value % 1 === 0 ? 0 : 1),
    },
    {
      title: t('metrics.gpu'),
      series: perGpu((gpu) => gpu.utilisation),
      format: (value) => format.percent(value),
      max: 100,
    },
    {
      // In GiB, so that the steps of the axis are round.
      title: t('metrics.vram'),
      series: perGpu((gpu) => gpu.memory_used_bytes / GIB),
      format: (value) => format.bytes(value * GIB),
      max: vram / GIB,
    },
    ...shareCharts(samples, { t, format }),
    {
      title: t('metrics.power'),
      series: perGpu((gpu) => gpu.power_w),
      format: (value) => `${format.number(value)} W`,
    },
    {
      title: t('metrics.temperature'),
      series: perGpu((gpu) => gpu.temperature_c),
      format: (value) => `${format.number(value)} °C`,
    },
  ];
}

function percentOf(ratio: number | null): number | null {
  return ratio === null ? null : 100 * ratio;
}

/** What a machine never told is no chart: an empty one would look like a zero. */
function hasFigures({ series }: Chart): boolean {
  return series.some(({ values }) => values.some((value) => value !== null));
}

function lineOf(
  samples: readonly InstanceSample[],
  label: string,
  read: (sample: InstanceSample) => number | null,
) {
  return { label, values: samples.map(read) };
}

/** What is a share of a whole. */
function shareCharts(
  samples: readonly InstanceSample[],
  { t, format }: Pick<Translation, 't' | 'format'>,
): Chart[] {
  return [
    {
      title: t('metrics.kv'),
      series: [lineOf(samples, t('metrics.kv_line'), (sample) => percentOf(sample.kv_cache_ratio))],
      format: (value) => format.percent(value),
      max: 100,
    },
    {
      title: t('metrics.cpu'),
      series: [
        lineOf(samples, t('metrics.cpu_line'), (sample) => percentOf(sample.cpu_ratio)),
        lineOf(samples, t('metrics.memory_line'), ({ memory_used_bytes: used, memory_total_bytes: total }) =>
          used === null || !total ? null : (100 * used) / total,
        ),
      ],
      format: (value) => format.percent(value),
      max: 100,
    },
  ];
}
