import type { UseQueryResult } from '@tanstack/react-query';
import type { infer as Infer } from 'zod';
import type { priceVersionSchema } from '#contracts/offerings.ts';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Actor } from '../identity/actor.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { PriceLine } from './price-line.tsx';

type PriceVersion = Infer<typeof priceVersionSchema>;

interface PriceVersionsProps {
  query: UseQueryResult<PriceVersion[]>;
  /** People of another organisation are not named. */
  isOwn: boolean;
}

/** Every version of a price, newest first; what was charged by an old one stays as it was. */
export function PriceVersions({ query, isOwn }: PriceVersionsProps) {
  const { t, format } = useTranslation();
  const columns: Column<PriceVersion>[] = [
    { id: 'version', header: t('market.version'), cell: ({ version }) => version },
    { id: 'price', header: t('market.price_header'), cell: ({ price }) => <PriceLine price={price} /> },
    {
      id: 'from',
      header: t('market.holds_from'),
      cell: ({ starts_at: at }) => (
        <time dateTime={at} className="whitespace-nowrap">
          {format.moment(at)}
        </time>
      ),
    },
    ...(isOwn
      ? [
          {
            id: 'by',
            header: t('market.set_by'),
            isSecondary: true,
            cell: ({ created_by: actor }: PriceVersion) => <Actor actor={actor} />,
          },
        ]
      : []),
  ];
  return (
    <Loaded query={query} rows={2}>
      {(rows) =>
        rows.length === 0 ? (
          <p className="px-4 pb-4 text-muted">{t('market.no_price_yet')}</p>
        ) : (
          <Table label={t('market.versions')} columns={columns} rows={rows} rowKey={({ id }) => id} />
        )
      }
    </Loaded>
  );
}
