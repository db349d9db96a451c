import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowDownToLine, ArrowUpFromLine, CreditCard, Send, TriangleAlert, Wallet } from 'lucide-react';
import { useState } from 'react';
import type { infer as Infer } from 'zod';
import type { chargeBackSchema, WalletView } from '#contracts/wallets.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Tile } from '../design/tile.tsx';
import { Amount } from '../finops/cost-tiles.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed, useSession } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { ExportButton } from '../widgets/export-button.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { CHARGE_BACK_HEAD, ChargeBackTable, chargeBackCells } from './charge-back-table.tsx';
import { readWalletSearch } from './market-search.ts';
import { TransferDialog, WalletAdminDialog } from './money-dialogs.tsx';
import { MoneyWindow } from './money-window.tsx';
import { chargeBackQuery, walletEntriesQuery, walletQuery } from './queries.ts';
import { WalletEntries } from './wallet-entries.tsx';

type Layer = 'transfer' | 'admin';
type Books = Infer<typeof chargeBackSchema>;

/** What the organisation may spend on models of others, what it owes them and they owe it, and every movement. */
export function WalletPage() {
  const { t } = useTranslation();
  const { organisation, user } = useSession();
  const { window = 'month' } = useSearch({ from: '/signed-in/market/wallet' });
  const navigate = useNavigate({ from: '/market/wallet' });
  const wallet = useQuery(walletQuery);
  const books = useQuery(chargeBackQuery(window));
  const [layer, setLayer] = useState<Layer | null>(null);
  const close = () => setLayer(null);
  return (
    <>
      <PageHeader
        title={t('wallet.title')}
        description={t('wallet.text')}
        actions={
          <Actions isAdmin={user.is_platform_admin} isLoaded={wallet.data !== undefined} onOpen={setLayer} />
        }
      />
      <div className="flex flex-col gap-5">
        {wallet.isError && <ErrorState error={wallet.error} onRetry={() => void wallet.refetch()} />}
        {wallet.data && !wallet.data.can_spend && <Stopped isAdmin={user.is_platform_admin} />}
        <div className="flex flex-wrap justify-end">
          <MoneyWindow
            value={window}
            onChange={(value) =>
              void navigate({
                search: readWalletSearch(value === 'month' ? {} : { window: value }),
                replace: true,
                resetScroll: false,
              })
            }
          />
        </div>
        <Tiles wallet={wallet.data} books={books.data} />
        <Loaded query={books}>
          {({ consumed, provided }) => (
            <>
              <BooksCard side="consumed" {...{ window }} rows={consumed.rows} />
              <BooksCard side="provided" {...{ window }} rows={provided.rows} />
            </>
          )}
        </Loaded>
        <Movements />
      </div>
      {layer === 'transfer' && wallet.data && (
        <TransferDialog balance={wallet.data.balance_micros} onClose={close} />
      )}
      {layer === 'admin' && <WalletAdminDialog organisation={organisation} onClose={close} />}
    </>
  );
}

interface ActionsProps {
  isAdmin: boolean;
  isLoaded: boolean;
  onOpen: (layer: Layer) => void;
}

function Actions({ isAdmin, isLoaded, onOpen }: ActionsProps) {
  const { t } = useTranslation();
  const mayGive = useIsAllowed('wallet.write');
  return (
    <>
      {isAdmin && (
        <Button
          icon={<CreditCard aria-hidden className="size-4" />}
          onClick={() => onOpen('admin')}
          data-testid="wallet-admin"
        >
          {t('wallet.admin')}
        </Button>
      )}
      {mayGive && (
        <Button
          icon={<Send aria-hidden className="size-4" />}
          disabled={!isLoaded}
          onClick={() => onOpen('transfer')}
          data-testid="wallet-transfer"
        >
          {t('wallet.transfer')}
        </Button>
      )}
    </>
  );
}

function Stopped({ isAdmin }: { isAdmin: boolean }) {
  const { t } = useTranslation();
  return (
    <p className="flex gap-3 rounded-lg border border-warn/40 bg-warn/8 p-4" data-testid="wallet-stopped">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
      <span>
        {t('wallet.stopped')} {t(isAdmin ? 'wallet.stopped_admin' : 'wallet.stopped_ask')}
      </span>
    </p>
  );
}

function Tiles({ wallet, books }: { wallet: WalletView | undefined; books: Books | undefined }) {
  const { t, format } = useTranslation();
  return (
    <div className="grid grid-cols-2 gap-3 md:gap-4 xl:grid-cols-4">
      <Tile
        icon={Wallet}
        label={t('wallet.balance')}
        isLoading={!wallet}
        value={wallet && <Amount micros={wallet.balance_micros} />}
        testId="wallet-balance"
      />
      <Tile
        icon={CreditCard}
        label={t('wallet.credit')}
        isLoading={!wallet}
        value={
          wallet &&
          (wallet.credit_micros === null ? t('wallet.unlimited_short') : format.money(wallet.credit_micros))
        }
        note={t('wallet.credit_note')}
      />
      <Tile
        icon={ArrowUpFromLine}
        label={t('wallet.consumed')}
        isLoading={!books}
        value={books && <Amount micros={books.consumed.total_micros} />}
        note={books && t('wallet.requests', { count: books.consumed.requests })}
        testId="wallet-consumed"
      />
      <Tile
        icon={ArrowDownToLine}
        label={t('wallet.provided')}
        isLoading={!books}
        value={books && <Amount micros={books.provided.total_micros} />}
        note={books && t('wallet.requests', { count: books.provided.requests })}
        testId="wallet-provided"
      />
    </div>
  );
}

interface BooksCardProps {
  side: 'consumed' | 'provided';
  window: string;
  rows: Books['consumed']['rows'];
}

function BooksCard({ side, window, rows }: BooksCardProps) {
  const { t } = useTranslation();
  const title = t(`wallet.${side}_title`);
  return (
    <Card
      isFlush
      title={title}
      actions={
        <ExportButton
          fileName={`${side}-${window}.csv`}
          head={CHARGE_BACK_HEAD}
          rows={rows.map(chargeBackCells)}
        />
      }
    >
      {rows.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{t(`wallet.${side}_none`)}</p>
      ) : (
        <ChargeBackTable label={title} rows={rows} />
      )}
    </Card>
  );
}

function Movements() {
  const { t } = useTranslation();
  const entries = useInfiniteQuery(walletEntriesQuery);
  return (
    <Card isFlush title={t('wallet.movements')} note={t('wallet.movements_note')}>
      <Loaded query={entries}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.data);
          if (rows.length > 0) return <WalletEntries rows={rows} />;
          return (
            <EmptyState icon={Wallet} title={t('wallet.movements_none')}>
              {t('wallet.movements_none_text')}
            </EmptyState>
          );
        }}
      </Loaded>
      <LoadMore query={entries} />
    </Card>
  );
}
