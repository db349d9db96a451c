import { Link } from '@tanstack/react-router';
import type { infer as Infer } from 'zod';
import type { walletEntrySchema } from '#contracts/wallets.ts';
import { classNames } from '../design/class-names.ts';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { When } from '../widgets/when.tsx';

type WalletEntry = Infer<typeof walletEntrySchema>;

/** Usage and fees note the offering that they are for. */
const OF_OFFERING: ReadonlySet<WalletEntry['kind']> = new Set(['usage', 'fee', 'income']);
const REQUEST_REF = /^(?:usage|income):(.+)$/;

/** Every movement of a wallet, newest first. */
export function WalletEntries({ rows }: { rows: readonly WalletEntry[] }) {
  const { t, format } = useTranslation();
  const columns: Column<WalletEntry>[] = [
    { id: 'when', header: t('chart.time'), cell: ({ created_at: at }) => <When iso={at} /> },
    {
      id: 'kind',
      header: t('wallet.what'),
      cell: (entry) => (
        <>
          <span className="block">{t(`wallet_entry.${entry.kind}`)}</span>
          <span className="block text-xs text-muted">{entry.counterparty ?? t('wallet.platform')}</span>
        </>
      ),
    },
    {
      id: 'note',
      header: t('wallet.note'),
      isSecondary: true,
      cell: (entry) => <Note entry={entry} />,
    },
    {
      id: 'amount',
      header: t('intervals.amount'),
      align: 'end',
      cell: ({ amount_micros: micros }) => (
        <span
          className={classNames('tabular font-medium whitespace-nowrap', micros > 0 && 'text-ok')}
          title={format.moneyExact(micros)}
          data-micros={micros}
        >
          {micros > 0 ? '+' : ''}
          {format.money(micros)}
        </span>
      ),
    },
  ];
  return (
    <Table
      label={t('wallet.movements')}
      columns={columns}
      rows={rows}
      rowKey={({ ref }) => ref}
      rowTestId={({ kind }) => `wallet-entry-${kind}`}
    />
  );
}

function Note({ entry: { kind, note, ref } }: { entry: WalletEntry }) {
  const { t } = useTranslation();
  if (!OF_OFFERING.has(kind)) return <span className="text-sm break-words">{note === '' ? '–' : note}</span>;
  const request = kind === 'usage' ? REQUEST_REF.exec(ref)?.[1] : undefined;
  return (
    <span className="flex flex-wrap gap-x-3 text-sm">
      <Link to="/market/offering/$id" params={{ id: note }} className="text-accent hover:underline">
        {t('offering.one')}
      </Link>
      {request !== undefined && (
        <Link to="/requests" search={{ q: request }} className="text-accent hover:underline">
          {t('request.title')}
        </Link>
      )}
    </span>
  );
}
