import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Handshake, SearchX } from 'lucide-react';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { AgreementFilters } from './agreement-filters.tsx';
import { REQUEST_STATES, readRequestsToUsSearch } from './market-search.ts';
import { OnlyFor } from './parts.tsx';
import { accessRequestsQuery } from './queries.ts';
import { RequestTable } from './request-table.tsx';

/** What others ask of the organisation and what it asks of them. */
export function AccessRequestsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/market/requests' });
  const navigate = useNavigate({ from: '/market/requests' });
  const requests = useInfiniteQuery(accessRequestsQuery(search));
  const isFiltered = search.side !== undefined || search.state !== undefined;
  return (
    <>
      <PageHeader title={t('market.requests_title')} description={t('market.requests_text')} />
      <AgreementFilters
        side={search.side}
        state={search.state}
        states={REQUEST_STATES.map((value) => ({ value, label: t(`request_state.${value}`) }))}
        onChange={(part) =>
          void navigate({ search: readRequestsToUsSearch(part), replace: true, resetScroll: false })
        }
      />
      <div className="card overflow-hidden">
        <Loaded query={requests}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.data);
            if (rows.length > 0) return <RequestTable label={t('market.requests_title')} rows={rows} />;
            return (
              <EmptyState
                icon={isFiltered ? SearchX : Handshake}
                title={t(isFiltered ? 'market.requests_none_match' : 'market.requests_none')}
              >
                {t(isFiltered ? 'market.none_match_text' : 'market.requests_none_text')}
              </EmptyState>
            );
          }}
        </Loaded>
        <LoadMore query={requests} />
      </div>
      <div className="mt-4">
        <OnlyFor action="prices.write" text="only_for.answers" />
      </div>
    </>
  );
}
