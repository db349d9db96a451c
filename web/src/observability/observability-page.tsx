import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { useMemo } from 'react';
import type { Signals } from '#contracts/request-signals.ts';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useNames } from '../finops/names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { TimeChart } from '../widgets/time-chart.tsx';
import { ModelSignalsTable } from './model-signals-table.tsx';
import { SIGNAL_SPANS } from './observability-search.ts';
import { signalsQuery, usePresent } from './queries.ts';
import { type ModelSignals, seriesOf } from './signal-series.ts';

/** How requests fare, model by model: how many, how many fail and why, how long people wait. */
export function ObservabilityPage() {
  const { t } = useTranslation();
  const { span = '1h', model } = useSearch({ from: '/signed-in/observability' });
  const navigate = useNavigate({ from: '/observability' });
  const signals = useQuery(signalsQuery(span));
  const present = usePresent();
  const names = useNames();
  const models = signals.data?.models ?? [];
  const known = models.filter(({ model_id: id }) => id !== null);
  const chosen = known.find(({ model_id: id }) => id === model) ?? known[0];
  const nameOf = ({ model: name, model_id: id }: ModelSignals) =>
    id === null
      ? t('signals.unknown_models')
      : (names.models.find((entry) => entry.id === id)?.name ?? name ?? id);
  return (
    <>
      <PageHeader
        title={t('signals.title')}
        description={t('signals.text')}
        actions={
          <Segmented
            label={t('metrics.range')}
            value={span}
            options={SIGNAL_SPANS.map((value) => ({ value, label: t(`range.${value}`) }))}
            onChange={(value) => void navigate({ search: (old) => ({ ...old, span: value }), replace: true })}
          />
        }
      />
      <div className="flex flex-col gap-5">
        {signals.isError && <ErrorState error={signals.error} onRetry={() => void signals.refetch()} />}
        {signals.isPending && <Skeleton className="h-72" />}
        {signals.data && models.length === 0 && (
          <div className="card">
            <EmptyState icon={Activity} title={t('signals.none')}>
              {t('signals.none_text')}
            </EmptyState>
          </div>
        )}
        {models.length > 0 && (
          <Card isFlush title={t('signals.models')} note={t('signals.models_note')}>
            <ModelSignalsTable
              {...{ models, present, nameOf }}
              chosenId={chosen?.model_id ?? null}
              onChoose={(id) =>
                void navigate({ search: (old) => ({ ...old, model: id }), replace: true, resetScroll: false })
              }
            />
          </Card>
        )}
        {signals.data && chosen && (
          <ModelCharts
            signals={chosen}
            name={nameOf(chosen)}
            {...{
              fromMs: signals.data.fromMs,
              toMs: signals.data.toMs,
              stepSeconds: signals.data.step_seconds,
            }}
          />
        )}
        {signals.data && signals.data.errors.length > 0 && <Failures errors={signals.data.errors} />}
      </div>
    </>
  );
}

interface ModelChartsProps {
  signals: ModelSignals;
  name: string;
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

function ModelCharts({ signals, name, fromMs, toMs, stepSeconds }: ModelChartsProps) {
  const { t, format } = useTranslation();
  const series = useMemo(
    () => seriesOf(signals.steps, fromMs, toMs, stepSeconds),
    [signals, fromMs, toMs, stepSeconds],
  );
  const requests = useMemo(
    () => [
      { label: t('usage.requests'), values: series.requests },
      { label: t('signals.failed'), values: series.failed },
    ],
    [series, t],
  );
  const waits = useMemo(
    () => [
      { label: 'p50', values: series.ttftP50 },
      { label: 'p95', values: series.ttftP95 },
    ],
    [series],
  );
  return (
    <section aria-label={name}>
      <h2 className="mb-3 text-base font-semibold">{name}</h2>
      <div className="grid gap-4 lg:grid-cols-2">
        <TimeChart
          title={t('signals.requests_per', { step: format.duration(stepSeconds * 1_000) })}
          times={series.times}
          series={requests}
          format={(value) => format.compact(value)}
          syncKey="signals"
        />
        <TimeChart
          title={t('signals.ttft')}
          times={series.times}
          series={waits}
          format={(value) => format.duration(Math.round(value))}
          syncKey="signals"
          hasPoints
        />
      </div>
    </section>
  );
}

type Failure = Signals['errors'][number];

function Failures({ errors }: { errors: readonly Failure[] }) {
  const { t, format } = useTranslation();
  const columns: Column<Failure>[] = [
    { id: 'status', header: t('requests.only_status'), cell: ({ status }) => status },
    {
      id: 'code',
      header: t('requests.only_error'),
      cell: ({ error_code: code, status }) => (
        <Link
          to="/requests"
          search={{ status, show: 'failed', span: '7d', ...(code === null ? {} : { error: code }) }}
          className="font-mono text-xs text-accent underline-offset-2 hover:underline"
        >
          {code ?? t('signals.engine_error')}
        </Link>
      ),
    },
    {
      id: 'requests',
      header: t('usage.requests'),
      align: 'end',
      cell: ({ requests }) => format.number(requests),
    },
  ];
  return (
    <Card isFlush title={t('signals.errors')} note={t('signals.errors_note')}>
      <Table
        label={t('signals.errors')}
        columns={columns}
        rows={errors}
        rowKey={({ status, error_code: code }) => `${status} ${code}`}
      />
    </Card>
  );
}
