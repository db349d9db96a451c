import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Pencil, SearchX } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { Offer } from '#contracts/management.ts';
import { IconButton } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Select } from '../design/field.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { ListBar } from '../widgets/list-bar.tsx';
import { Availability } from './availability.tsx';
import { isKindNamed, kindsOf, type MachineKind } from './machine-kinds.ts';
import { MACHINES_SHOWN, type MachinesSearch, readMachinesSearch } from './machines-search.ts';
import { MeasuredMemory, OfferAge, ServiceEnd } from './offer-facts.tsx';
import { ProviderCards } from './provider-cards.tsx';
import { allOffersQuery, catalogueProvidersQuery } from './queries.ts';
import { SwitchedOffTypes } from './switched-off-types.tsx';

const TypeDialog = lazy(() => import('./type-dialog.tsx').then((module) => ({ default: module.TypeDialog })));
const MachineDialog = lazy(() =>
  import('./machine-dialog.tsx').then((module) => ({ default: module.MachineDialog })),
);
const ZONES_SHOWN = 6;

/** What can be rented: for everybody to read, for platform administrators to correct. */
export function MachinesPage() {
  const { t, format } = useTranslation();
  const search = useSearch({ from: '/signed-in/machines' });
  const navigate = useNavigate({ from: '/machines' });
  const isAdmin = useSession().user.is_platform_admin;
  const offers = useQuery(allOffersQuery);
  const providers = useQuery(catalogueProvidersQuery);
  const [editedId, setEditedId] = useState<string | null>(null);
  const [openId, setOpenId] = useState<string | null>(null);
  const change = (part: { [K in keyof MachinesSearch]: MachinesSearch[K] | undefined }) =>
    void navigate({
      search: (old) => readMachinesSearch({ ...old, ...part }),
      replace: true,
      resetScroll: false,
    });
  const isListed = ({ service }: Offer) => service === 'offered' || search.show === 'all';
  const kinds = kindsOf(offers.data?.filter(isListed) ?? []);
  const shown = kinds.filter((kind) => matches(kind, search));
  const columns = columnsOf({ t, format }, setOpenId, isAdmin ? setEditedId : null);
  const opened = kinds.find(({ id }) => id === openId);
  return (
    <>
      <PageHeader title={t('machines.title')} description={t('machines.text')} />
      <ProviderCards providers={providers} />
      <ListBar
        shown={search.show ?? 'usable'}
        options={MACHINES_SHOWN.map((value) => ({ value, label: t(`machines.show_${value}`) }))}
        find={search.find}
        findLabel={t('machines.find')}
        onShow={(show) => change({ show })}
        onFind={(find) => change({ find })}
        count={offers.data ? t('machines.count', { count: shown.length }) : null}
      >
        <ProviderFilter value={search.provider} onChange={(provider) => change({ provider })} />
      </ListBar>
      {offers.isError && (
        <ErrorState error={offers.error} onRetry={() => void offers.refetch()} className="mb-4" />
      )}
      <div className="card overflow-hidden">
        {offers.isPending && <SkeletonRows label={t('common.loading')} />}
        {offers.data && shown.length === 0 && (
          <EmptyState icon={SearchX} title={t('machines.none')}>
            {t('machines.none_text')}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <Table
            label={t('machines.title')}
            columns={columns}
            rows={shown}
            rowKey={(kind) => kind.id}
            rowTestId={(kind) => `machine-${kind.first.instance_type}`}
          />
        )}
      </div>
      {isAdmin && <SwitchedOffTypes onEdit={setEditedId} />}
      {opened && (
        <Suspense fallback={null}>
          <MachineDialog kind={opened} onClose={() => setOpenId(null)} />
        </Suspense>
      )}
      {editedId !== null && (
        <Suspense fallback={null}>
          <TypeDialog id={editedId} onClose={() => setEditedId(null)} />
        </Suspense>
      )}
    </>
  );
}

function ProviderFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (provider: string) => void;
}) {
  const { t } = useTranslation();
  const providers = useQuery(catalogueProvidersQuery);
  return (
    <Select
      className="w-44"
      aria-label={t('filter.provider')}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{t('filter.all_providers')}</option>
      {providers.data?.map(({ provider, name }) => (
        <option key={provider} value={provider}>
          {name}
        </option>
      ))}
    </Select>
  );
}

function columnsOf(
  { t, format }: Pick<Translation, 't' | 'format'>,
  onOpen: (id: string) => void,
  onEdit: ((id: string) => void) | null,
): Column<MachineKind>[] {
  const columns = [...shapeColumns({ t, format }, onOpen), ...marketColumns({ t, format })];
  if (!onEdit) return columns;
  return [
    ...columns,
    {
      id: 'edit',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: ({ id, first }) => (
        <IconButton
          isCompact
          label={t('machines.edit', { name: first.instance_type })}
          icon={<Pencil className="size-4" />}
          data-testid={`machine-edit-${first.instance_type}`}
          onClick={() => onEdit(id)}
        />
      ),
    },
  ];
}

type Words = Pick<Translation, 't' | 'format'>;

function shapeColumns({ t, format }: Words, onOpen: (id: string) => void): Column<MachineKind>[] {
  return [
    {
      id: 'kind',
      header: t('machines.kind'),
      cell: ({ id, first }) => (
        <>
          <button
            type="button"
            className="block font-medium whitespace-nowrap underline-offset-2 hover:underline"
            onClick={() => onOpen(id)}
            data-testid={`machine-open-${first.instance_type}`}
          >
            {first.instance_type}
          </button>
          <span className="block text-xs whitespace-nowrap text-muted">
            {first.provider}
            {!first.is_enabled && ` · ${t('offer.disabled')}`}
          </span>
        </>
      ),
    },
    {
      id: 'gpus',
      header: t('machines.gpus'),
      cell: ({ first }) => (
        <>
          <span className="block whitespace-nowrap">
            {first.gpu_count} × {first.gpu_kind}
          </span>
          <span className="tabular block text-xs whitespace-nowrap text-muted">
            {format.bytes(first.gpu_count * first.vram_bytes_per_gpu)}
          </span>
          <span className="block text-xs">
            <MeasuredMemory isShort offer={first} />
          </span>
        </>
      ),
    },
    {
      id: 'host',
      header: t('machines.host'),
      isSecondary: true,
      cell: ({ first }) => (
        <>
          <span className="tabular block whitespace-nowrap">{first.vcpus} vCPU</span>
          <span className="tabular block text-xs whitespace-nowrap text-muted">
            {format.bytes(first.memory_bytes)}
          </span>
        </>
      ),
    },
  ];
}

function marketColumns({ t, format }: Words): Column<MachineKind>[] {
  return [
    {
      id: 'from',
      header: t('machines.from'),
      align: 'end',
      cell: ({ lowestMicros }) =>
        lowestMicros === null ? (
          <span className="text-muted">{t('price.unknown_short')}</span>
        ) : (
          <span className="tabular font-medium whitespace-nowrap">
            {format.unitPrice(lowestMicros)}
            {t('unit.per_hour')}
          </span>
        ),
    },
    {
      id: 'start',
      header: t('machines.start'),
      isSecondary: true,
      align: 'end',
      cell: ({ first }) =>
        first.usual_start_ms === null ? (
          <span className="text-muted">–</span>
        ) : (
          <span title={t('machines.start_of', { count: first.usual_start_of })}>
            {format.duration(first.usual_start_ms)}
          </span>
        ),
    },
    {
      id: 'zones',
      header: t('machines.zones'),
      isSecondary: true,
      cell: (kind) => <Zones kind={kind} />,
    },
  ];
}

function Zones({ kind }: { kind: MachineKind }) {
  const { t, format } = useTranslation();
  const rest = kind.offers.length - ZONES_SHOWN;
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs">
      {kind.offers.slice(0, ZONES_SHOWN).map((offer) => (
        <li key={offer.zone} className="flex items-center gap-1 whitespace-nowrap">
          <Availability value={offer.availability} isIconOnly />
          {offer.zone}
          <span className="tabular text-muted">
            {offer.price_micros_per_hour === null
              ? t('price.unknown_short')
              : format.unitPrice(offer.price_micros_per_hour)}
          </span>
          {offer.stale !== null && <OfferAge offer={offer} />}
          <ServiceEnd service={offer.service} />
        </li>
      ))}
      {rest > 0 && (
        <li
          className="text-muted"
          title={kind.offers
            .slice(ZONES_SHOWN)
            .map(({ zone }) => zone)
            .join(', ')}
        >
          +{rest}
        </li>
      )}
    </ul>
  );
}

function matches(kind: MachineKind, { show = 'usable', find, provider }: MachinesSearch): boolean {
  if (show === 'usable' && !kind.first.is_enabled) return false;
  if (provider !== undefined && kind.first.provider !== provider) return false;
  return isKindNamed(kind, find);
}
