import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, SearchX, ShieldAlert, Store } from 'lucide-react';
import { useState } from 'react';
import type { OfferingView } from '#contracts/offerings.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { OFFERING_LOOKS, VISIBILITY_ICONS } from './looks.ts';
import { readOfferingsSearch } from './market-search.ts';
import { NewOfferingDialog } from './offering-dialog.tsx';
import { type OfferingFilter, OfferingFilters } from './offering-filters.tsx';
import { AccessChip, OfferingLink, OnlyFor } from './parts.tsx';
import { PriceLine } from './price-line.tsx';
import { inactiveOfferingsQuery, offeringsQuery } from './queries.ts';

/** What the organisation offers to others. */
export function OwnOfferingsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/market/own' });
  const navigate = useNavigate({ from: '/market/own' });
  const offerings = useInfiniteQuery(offeringsQuery('own', search));
  const mayOffer = useIsAllowed('offerings.write');
  const [isAdding, setAdding] = useState(false);
  const change = (part: OfferingFilter) =>
    void navigate({
      search: (old) => readOfferingsSearch({ ...old, ...part }),
      replace: true,
      resetScroll: false,
    });
  const isFiltered = search.q !== undefined || search.access !== undefined;
  const add = mayOffer && (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setAdding(true)}
      data-testid="offering-add"
    >
      {t('offering.new')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('market.own_title')} description={t('market.own_text')} actions={add} />
      <OnlyFor action="offerings.write" text="only_for.offerings" />
      <OfferingFilters search={search} total={offerings.data?.pages[0]?.total} onChange={change} />
      <div className="card overflow-hidden">
        <Loaded query={offerings}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.data);
            if (rows.length > 0) return <OfferingTable offerings={rows} />;
            return (
              <EmptyState
                icon={isFiltered ? SearchX : Store}
                title={t(isFiltered ? 'market.none_match' : 'market.own_none')}
              >
                {t(isFiltered ? 'market.none_match_text' : 'market.own_none_text')}
              </EmptyState>
            );
          }}
        </Loaded>
        <LoadMore query={offerings} />
      </div>
      {isAdding && (
        <NewOfferingDialog
          onClose={() => setAdding(false)}
          onCreated={({ id }) => void navigate({ to: '/market/offering/$id', params: { id } })}
        />
      )}
    </>
  );
}

function OfferingTable({ offerings }: { offerings: readonly OfferingView[] }) {
  const { t } = useTranslation();
  const { data: inactive } = useQuery(inactiveOfferingsQuery);
  const columns: Column<OfferingView>[] = [
    {
      id: 'name',
      header: t('offering.one'),
      cell: (offering) => (
        <>
          <span className="block font-medium break-words">{offering.name}</span>
          <OfferingLink offering={offering} />
        </>
      ),
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ id, state }) => (
        <span className="flex flex-wrap gap-1.5">
          <Chip {...OFFERING_LOOKS[state]}>{t(`offering_state.${state}`)}</Chip>
          {inactive?.has(id) && (
            <Chip tone="warn" icon={ShieldAlert}>
              {t('key_status.inactive')}
            </Chip>
          )}
        </span>
      ),
    },
    { id: 'access', header: t('offering.access'), isSecondary: true, cell: AccessChip },
    {
      id: 'visibility',
      header: t('offering.visibility'),
      isSecondary: true,
      cell: ({ visibility }) => (
        <Chip tone="neutral" icon={VISIBILITY_ICONS[visibility]}>
          {t(`visibility.${visibility}`)}
        </Chip>
      ),
    },
    {
      id: 'price',
      header: t('market.price_header'),
      className: 'hidden lg:table-cell',
      cell: ({ price }) => <PriceLine price={price} />,
    },
  ];
  return (
    <Table
      label={t('market.own_title')}
      columns={columns}
      rows={offerings}
      rowKey={({ id }) => id}
      rowTestId={({ model_name: name }) => `own-offering-${name}`}
    />
  );
}
