import { Select } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { SearchField } from '../widgets/search-field.tsx';
import { ACCESS_KINDS, OFFERING_ORDERS, type OfferingsSearch } from './market-search.ts';

export type OfferingFilter = { [Name in keyof OfferingsSearch]?: OfferingsSearch[Name] | undefined };

interface OfferingFiltersProps {
  search: OfferingsSearch;
  total: number | undefined;
  onChange: (part: OfferingFilter) => void;
}

/** Above a list of offerings; what is chosen stands in the address. */
export function OfferingFilters({ search, total, onChange }: OfferingFiltersProps) {
  const { t } = useTranslation();
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <SearchField
        label={t('market.find')}
        value={search.q}
        onFind={(q) => onChange({ q })}
        testId="market-find"
      />
      <Select
        aria-label={t('offering.access')}
        className="w-full sm:w-48"
        value={search.access ?? ''}
        onChange={(event) => onChange({ access: ACCESS_KINDS.find((kind) => kind === event.target.value) })}
      >
        <option value="">{t('market.any_access')}</option>
        {ACCESS_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`market_access.${kind}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t('market.order')}
        className="w-full sm:w-44"
        value={search.sort ?? '-created_at'}
        onChange={(event) => onChange({ sort: event.target.value === 'name' ? 'name' : undefined })}
      >
        {OFFERING_ORDERS.map((order) => (
          <option key={order} value={order}>
            {t(order === 'name' ? 'market.by_name' : 'market.newest')}
          </option>
        ))}
      </Select>
      {total !== undefined && (
        <span className="tabular text-sm text-muted sm:ml-auto" role="status" data-testid="market-count">
          {t('market.count', { count: total })}
        </span>
      )}
    </div>
  );
}
