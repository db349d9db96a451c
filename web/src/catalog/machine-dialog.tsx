import { useQuery } from '@tanstack/react-query';
import type { Offer, OfferPrice } from '#contracts/management.ts';
import { Dialog } from '../design/dialog.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { Loaded } from '../widgets/loaded.tsx';
import { Availability } from './availability.tsx';
import type { MachineKind } from './machine-kinds.ts';
import { MeasuredMemory, OfferAge, ServiceEnd } from './offer-facts.tsx';
import { priceHistoryQuery } from './queries.ts';

const NANOS_PER_MICRO = 1_000;

/** One kind of machine: where it can be had, how old that word is, its memory, and what it used to cost. */
export function MachineDialog({ kind, onClose }: { kind: MachineKind; onClose: () => void }) {
  const { t, format } = useTranslation();
  const { first, offers } = kind;
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={first.instance_type}
      description={t('machine.shape', {
        provider: first.provider,
        count: first.gpu_count,
        kind: first.gpu_kind,
        vcpus: first.vcpus,
        memory: format.bytes(first.memory_bytes),
      })}
      testId="machine-dialog"
    >
      <section className="border-b border-border px-5 py-4">
        <h3 className="mb-1 text-sm font-semibold">{t('machine.memory')}</h3>
        <p className="tabular text-sm">
          {t('machine.memory_counts', { bytes: format.bytes(first.vram_bytes_per_gpu) })}
        </p>
        <div className="mt-1 text-xs text-muted">
          {first.vram_measured_on === 0 ? t('machine.not_measured') : <MeasuredMemory offer={first} />}
          {first.vram_measured_on > 0 && (
            <p>{t('machine.nominal', { bytes: format.bytes(first.vram_bytes_nominal) })}</p>
          )}
        </div>
      </section>
      <section className="pt-4">
        <h3 className="px-5 pb-1 text-sm font-semibold">{t('machine.zones')}</h3>
        <Table
          label={t('machine.zones')}
          columns={zoneColumns({ t, format })}
          rows={offers}
          rowKey={({ zone }) => zone}
        />
      </section>
      <PriceHistory provider={first.provider} instanceType={first.instance_type} />
    </Dialog>
  );
}

type Words = Pick<Translation, 't' | 'format'>;

function zoneColumns({ t, format }: Words): Column<Offer>[] {
  return [
    {
      id: 'zone',
      header: t('machines.zone'),
      cell: ({ zone }) => <span className="font-medium whitespace-nowrap">{zone}</span>,
    },
    {
      id: 'stock',
      header: t('machines.stock'),
      cell: (offer) => (
        <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs">
          <Availability value={offer.availability} />
          <OfferAge offer={offer} />
          <ServiceEnd service={offer.service} />
        </span>
      ),
    },
    {
      id: 'price',
      header: t('machines.price'),
      align: 'end',
      cell: ({ price_micros_per_hour: micros }) =>
        micros === null ? (
          <span className="text-muted">{t('price.unknown_short')}</span>
        ) : (
          <span className="tabular whitespace-nowrap">{format.unitPrice(micros)}</span>
        ),
    },
  ];
}

function PriceHistory({ provider, instanceType }: { provider: string; instanceType: string }) {
  const { t, format } = useTranslation();
  const prices = useQuery(priceHistoryQuery(provider, instanceType));
  return (
    <section className="pt-4 pb-2">
      <h3 className="px-5 pb-1 text-sm font-semibold">{t('machine.prices')}</h3>
      <Loaded query={prices} rows={2}>
        {({ data, has_more: hasMore }: { data: readonly OfferPrice[]; has_more: boolean }) =>
          data.length === 0 ? (
            <p className="px-5 pb-3 text-sm text-muted">{t('machine.no_prices')}</p>
          ) : (
            <>
              <Table
                label={t('machine.prices')}
                columns={priceColumns({ t, format })}
                rows={data}
                rowKey={({ zone, seen_from: from }) => `${zone} ${from}`}
              />
              {hasMore && (
                <p className="px-5 pt-2 pb-3 text-xs text-muted">
                  {t('machine.prices_more', { count: data.length })}
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}

function priceColumns({ t, format }: Words): Column<OfferPrice>[] {
  return [
    { id: 'zone', header: t('machines.zone'), cell: ({ zone }) => zone },
    {
      id: 'from',
      header: t('machine.seen_from'),
      cell: ({ seen_from: at }) => <time dateTime={at}>{format.date(at)}</time>,
    },
    {
      id: 'until',
      header: t('machine.seen_until'),
      cell: ({ seen_until: at }) =>
        at === null ? t('machine.holds') : <time dateTime={at}>{format.date(at)}</time>,
    },
    {
      id: 'price',
      header: t('machines.price'),
      align: 'end',
      cell: ({ nanos_per_hour: nanos, currency }) => (
        <span className="tabular whitespace-nowrap">
          {format.price(Math.round(nanos / NANOS_PER_MICRO), currency)}
        </span>
      ),
    },
  ];
}
