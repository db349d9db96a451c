import { Link } from '@tanstack/react-router';
import { CircleDot, HardDrive, MapPin, Server } from 'lucide-react';
import type { CostInterval } from '../api/types.ts';
import { type Column, Table } from '../design/table.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { costOfSpan } from './accrual.ts';
import { useClockOffsetMs } from './use-costs-now.ts';

const NANOS_PER_MICRO = 1_000;
const KIND_ICONS = { server: Server, volume: HardDrive, address: MapPin } as const;

interface IntervalsTableProps {
  intervals: readonly CostInterval[];
  isInstanceShown?: boolean;
}

/** Each span that was billed: what, from when to when, at which rate, for how much. */
export function IntervalsTable({ intervals, isInstanceShown = true }: IntervalsTableProps) {
  const { t, format } = useTranslation();
  const clockOffsetMs = useClockOffsetMs();
  if (intervals.length === 0) return <p className="px-4 pb-4 text-muted">{t('intervals.none')}</p>;
  const columns = columnsOf({ t, format }, clockOffsetMs).filter(
    (column) => isInstanceShown || column.id !== 'instance',
  );
  return (
    <Table
      label={t('intervals.title')}
      columns={columns}
      rows={intervals}
      rowKey={(interval) => interval.id}
    />
  );
}

function columnsOf(
  { t, format }: Pick<Translation, 't' | 'format'>,
  clockOffsetMs: number,
): Column<CostInterval>[] {
  return [
    { id: 'resource', header: t('intervals.resource'), cell: (interval) => <Resource interval={interval} /> },
    {
      id: 'instance',
      header: t('intervals.instance'),
      isSecondary: true,
      cell: (interval) => (
        <Link
          to="/instances/$id"
          params={{ id: interval.instance_id }}
          className="font-mono text-xs text-accent underline-offset-2 hover:underline"
        >
          {interval.instance_id}
        </Link>
      ),
    },
    {
      id: 'from',
      header: t('intervals.from'),
      isSecondary: true,
      cell: (interval) => <Moment iso={interval.from} />,
    },
    {
      id: 'to',
      header: t('intervals.to'),
      cell: (interval) =>
        interval.to === null ? (
          <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
            <CircleDot aria-hidden className="size-3.5 text-ok" />
            {t('intervals.open')}
          </span>
        ) : (
          <Moment iso={interval.to} />
        ),
    },
    {
      id: 'rate',
      header: t('intervals.rate'),
      align: 'end',
      isSecondary: true,
      cell: (interval) =>
        interval.nanos_per_hour === null
          ? t('price.unknown_short')
          : format.unitPrice(interval.nanos_per_hour / NANOS_PER_MICRO),
    },
    {
      id: 'amount',
      header: t('intervals.amount'),
      align: 'end',
      cell: (interval) => {
        if (interval.micros !== null) return format.moneyExact(interval.micros);
        if (interval.to !== null || interval.nanos_per_hour === null) return '–';
        return (
          <AccruingAmount
            fromMs={Date.parse(interval.from) - clockOffsetMs}
            nanosPerHour={interval.nanos_per_hour}
          />
        );
      },
    },
  ];
}

/** The amount of an open interval if it were closed now. */
function AccruingAmount({ fromMs, nanosPerHour }: { fromMs: number; nanosPerHour: number }) {
  const { format } = useTranslation();
  const nowMs = useNow(1_000);
  return format.moneyExact(costOfSpan(nowMs - fromMs, nanosPerHour));
}

function Resource({ interval }: { interval: CostInterval }) {
  const { t } = useTranslation();
  const Icon = KIND_ICONS[interval.resource_kind];
  return (
    <span className="flex items-center gap-2.5">
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <span>
        <span className="block">{t(`resource.${interval.resource_kind}`)}</span>
        <span className="block font-mono text-xs whitespace-nowrap text-muted">{interval.resource_ref}</span>
      </span>
    </span>
  );
}

function Moment({ iso }: { iso: string }) {
  const { format } = useTranslation();
  return (
    <time dateTime={iso} title={format.dateTime(iso)} className="whitespace-nowrap">
      {format.moment(iso)}
    </time>
  );
}
