import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Share2, Users } from 'lucide-react';
import { useState } from 'react';
import type { OfferingView } from '#contracts/offerings.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Amount } from '../finops/cost-tiles.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { ActivationNotice } from '../identity/activation/activation-notice.tsx';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { ExportButton } from '../widgets/export-button.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { CHARGE_BACK_HEAD, ChargeBackTable, chargeBackCells, sumOf } from './charge-back-table.tsx';
import { ContractTable } from './contract-table.tsx';
import { EntitlementTable } from './entitlement-table.tsx';
import { OFFERING_LOOKS, VISIBILITY_ICONS } from './looks.ts';
import { type OfferingPageSearch, readOfferingPageSearch } from './market-search.ts';
import { MoneyWindow } from './money-window.tsx';
import { EditOfferingDialog } from './offering-dialog.tsx';
import { OfferingGaps } from './offering-gaps.tsx';
import { AccessChip, ModelName, OnlyFor } from './parts.tsx';
import { PlansCard } from './plans-card.tsx';
import { PriceDialog } from './price-dialog.tsx';
import { PriceVersions } from './price-versions.tsx';
import { PublishDialog, WithdrawDialog } from './publish-dialogs.tsx';
import {
  chargeBackQuery,
  contractsQuery,
  entitlementsQuery,
  offeringActivationQuery,
  offeringPricesQuery,
} from './queries.ts';
import { ShareDialog } from './share-dialog.tsx';

type Layer = 'edit' | 'publish' | 'withdraw' | 'price' | 'share';

/** An offering of the own organisation: what it lacks, its price, who uses it, and what it brought in. */
export function OwnOffering({ offering }: { offering: OfferingView }) {
  const { t } = useTranslation();
  const activation = useQuery(offeringActivationQuery(offering.id));
  const seesMoney = useIsAllowed('costs.read');
  const seesContracts = useIsAllowed('contracts.read');
  const [layer, setLayer] = useState<Layer | null>(null);
  return (
    <>
      <PageHeader
        title={offering.name}
        description={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <Chip {...OFFERING_LOOKS[offering.state]} testId="offering-state">
              {t(`offering_state.${offering.state}`)}
            </Chip>
            <AccessChip access={offering.access} />
            <Chip tone="neutral" icon={VISIBILITY_ICONS[offering.visibility]}>
              {t(`visibility.${offering.visibility}`)}
            </Chip>
            <ModelName name={offering.model_name} />
          </span>
        }
        actions={<Actions offering={offering} onOpen={setLayer} />}
      />
      <div className="flex flex-col gap-5">
        {activation.data && (
          <ActivationNotice kind="offering" id={offering.id} activation={activation.data} />
        )}
        <OfferingGaps offering={offering} />
        {offering.description !== '' && (
          <p className="max-w-[80ch] break-words whitespace-pre-line">{offering.description}</p>
        )}
        <PriceCard offering={offering} onPrice={() => setLayer('price')} />
        {offering.access === 'subscription' && <PlansCard offering={offering} isOwn />}
        <UsersCard offering={offering} />
        {seesMoney && <IncomeCard offering={offering} />}
        {seesContracts && <SharesCard offering={offering} onShare={() => setLayer('share')} />}
      </div>
      <Layers layer={layer} offering={offering} onClose={() => setLayer(null)} />
    </>
  );
}

function Actions({ offering, onOpen }: { offering: OfferingView; onOpen: (layer: Layer) => void }) {
  const { t } = useTranslation();
  const mayWrite = useIsAllowed('offerings.write');
  if (!mayWrite) return null;
  return (
    <>
      <Button onClick={() => onOpen('edit')}>{t('common.edit')}</Button>
      {offering.state === 'published' ? (
        <Button
          variant="ghost"
          className="text-danger!"
          onClick={() => onOpen('withdraw')}
          data-testid="offering-withdraw"
        >
          {t('offering.withdraw')}
        </Button>
      ) : (
        <Button variant="primary" onClick={() => onOpen('publish')} data-testid="offering-publish">
          {t(offering.state === 'withdrawn' ? 'offering.publish_again' : 'offering.publish')}
        </Button>
      )}
    </>
  );
}

interface LayersProps {
  layer: Layer | null;
  offering: OfferingView;
  onClose: () => void;
}

function Layers({ layer, offering, onClose }: LayersProps) {
  switch (layer) {
    case 'edit':
      return <EditOfferingDialog {...{ offering, onClose }} />;
    case 'publish':
      return <PublishDialog {...{ offering, onClose }} />;
    case 'withdraw':
      return <WithdrawDialog {...{ offering, onClose }} />;
    case 'share':
      return <ShareDialog {...{ offering, onClose }} />;
    case 'price':
      return (
        <PriceDialog
          of={{ kind: 'offering', id: offering.id, name: offering.model_name }}
          price={offering.price}
          onClose={onClose}
        />
      );
    default:
      return null;
  }
}

function PriceCard({ offering, onPrice }: { offering: OfferingView; onPrice: () => void }) {
  const { t } = useTranslation();
  const prices = useQuery(offeringPricesQuery(offering.id));
  const mayPrice = useIsAllowed('prices.write');
  return (
    <Card
      isFlush
      title={t('offering.list_price')}
      actions={
        mayPrice && (
          <Button size="sm" onClick={onPrice} data-testid="offering-price">
            {t('market.set_price')}
          </Button>
        )
      }
    >
      <PriceVersions query={prices} isOwn />
      <div className="px-4 pb-4 empty:hidden">
        <OnlyFor action="prices.write" text="only_for.prices" />
      </div>
    </Card>
  );
}

function usePageSearch() {
  const search = useSearch({ from: '/signed-in/market/offering/$id' });
  const navigate = useNavigate({ from: '/market/offering/$id' });
  const change = (part: { [N in keyof OfferingPageSearch]?: OfferingPageSearch[N] | undefined }) =>
    void navigate({
      search: (old) => readOfferingPageSearch({ ...old, ...part }),
      replace: true,
      resetScroll: false,
    });
  return { search, change };
}

function UsersCard({ offering }: { offering: OfferingView }) {
  const { t } = useTranslation();
  const { search, change } = usePageSearch();
  const isEnded = search.show === 'ended';
  const users = useInfiniteQuery(
    entitlementsQuery({ side: 'provided', ended: isEnded, offering: offering.id }),
  );
  return (
    <Card
      isFlush
      title={t('offering.users')}
      actions={
        <Segmented
          label={t('market.show')}
          value={search.show ?? 'now'}
          options={(['now', 'ended'] as const).map((value) => ({ value, label: t(`market.show_${value}`) }))}
          onChange={(value) => change({ show: value === 'ended' ? value : undefined })}
        />
      }
    >
      <Loaded query={users} rows={2}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.data);
          if (rows.length > 0) return <EntitlementTable label={t('offering.users')} rows={rows} isProvider />;
          return (
            <EmptyState icon={Users} title={t(isEnded ? 'offering.users_none_ended' : 'offering.users_none')}>
              {t('offering.users_none_text')}
            </EmptyState>
          );
        }}
      </Loaded>
      <LoadMore query={users} />
    </Card>
  );
}

function IncomeCard({ offering }: { offering: OfferingView }) {
  const { t } = useTranslation();
  const { search, change } = usePageSearch();
  const window = search.window ?? 'month';
  const books = useQuery(chargeBackQuery(window));
  const rows = (books.data?.provided.rows ?? []).filter((row) => row.offering.id === offering.id);
  return (
    <Card
      isFlush
      title={t('offering.income')}
      note={
        books.data && (
          <span className="tabular font-medium text-text" data-testid="offering-income">
            <Amount micros={sumOf(rows)} />
          </span>
        )
      }
      actions={
        <span className="flex flex-wrap items-center gap-2">
          <MoneyWindow
            value={window}
            onChange={(value) => change({ window: value === 'month' ? undefined : value })}
          />
          <ExportButton
            fileName={`income-${offering.model_name.replace('/', '-')}-${window}.csv`}
            head={CHARGE_BACK_HEAD}
            rows={rows.map(chargeBackCells)}
          />
        </span>
      }
    >
      <Loaded query={books} rows={2}>
        {() =>
          rows.length === 0 ? (
            <p className="px-4 pb-4 text-muted">{t('offering.income_none')}</p>
          ) : (
            <ChargeBackTable label={t('offering.income')} rows={rows} isOfferingShown={false} />
          )
        }
      </Loaded>
    </Card>
  );
}

function SharesCard({ offering, onShare }: { offering: OfferingView; onShare: () => void }) {
  const { t } = useTranslation();
  const mayShare = useIsAllowed('prices.write');
  const contracts = useInfiniteQuery(contractsQuery({ side: 'provided', offering: offering.id }));
  return (
    <Card
      isFlush
      title={t('offering.shares')}
      actions={
        mayShare && (
          <Button
            size="sm"
            icon={<Share2 aria-hidden className="size-4" />}
            onClick={onShare}
            data-testid="offering-share"
          >
            {t('share.open')}
          </Button>
        )
      }
    >
      <Loaded query={contracts} rows={2}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.data);
          if (rows.length > 0) return <ContractTable label={t('offering.shares')} rows={rows} />;
          return (
            <EmptyState icon={Share2} title={t('offering.shares_none')}>
              {t('offering.shares_none_text')}
            </EmptyState>
          );
        }}
      </Loaded>
      <LoadMore query={contracts} />
    </Card>
  );
}
