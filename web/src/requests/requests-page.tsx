import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ScrollText, SearchX } from 'lucide-react';
import { useCallback } from 'react';
import { Button, buttonClass } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useNames } from '../finops/names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useIsNarrow } from '../shell/use-is-narrow.ts';
import { requestsQuery } from './queries.ts';
import { RequestCards } from './request-cards.tsx';
import { RequestDialog } from './request-dialog.tsx';
import { type RequestFilter, RequestFilters } from './request-filters.tsx';
import { RequestTable } from './request-table.tsx';
import { readRequestsSearch } from './requests-search.ts';

/** Each request at the gateway in one row, refused ones included. */
export function RequestsPage() {
  const { t, format } = useTranslation();
  const search = useSearch({ from: '/signed-in/requests' });
  const navigate = useNavigate({ from: '/requests' });
  const seesAll = useIsAllowed('usage.read');
  const isNarrow = useIsNarrow();
  const names = useNames();
  const list = useInfiniteQuery(requestsQuery(search, seesAll));
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const total = list.data?.pages[0]?.total;
  const change = useCallback(
    (part: RequestFilter) =>
      void navigate({
        search: (old) => readRequestsSearch({ ...old, ...part }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  const open = (id: string) =>
    void navigate({ search: (old) => ({ ...old, request: id }), resetScroll: false });
  const List = isNarrow ? RequestCards : RequestTable;
  return (
    <>
      <PageHeader
        title={t('requests.title')}
        description={t(seesAll ? 'requests.text' : 'requests.text_own')}
      />
      <RequestFilters
        {...{ search, names, seesAll }}
        endpoints={rows.map((row) => row.endpoint)}
        count={
          total === undefined ? null : t('requests.count', { count: total, shown: format.number(total) })
        }
        onChange={change}
      />
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} className="mb-4" />}
      {list.isPending && (
        <div className="card">
          <SkeletonRows label={t('common.loading')} />
        </div>
      )}
      {list.data && rows.length === 0 && <Nothing isFiltered={Object.keys(search).length > 0} />}
      {rows.length > 0 && (
        <List
          {...{ rows, names, onOpen: open }}
          sort={search.sort ?? '-started_at'}
          onSort={(sort) => change({ sort: sort as RequestFilter['sort'] })}
        />
      )}
      {list.hasNextPage && (
        <Button
          className="mt-4 self-center"
          isBusy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('common.load_more')}
        </Button>
      )}
      {search.request !== undefined && (
        <RequestDialog
          id={search.request}
          {...{ seesAll, names }}
          onClose={() => change({ request: undefined })}
        />
      )}
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="card">
      <EmptyState
        icon={isFiltered ? SearchX : ScrollText}
        title={t(isFiltered ? 'requests.none_match' : 'requests.none')}
        action={
          isFiltered ? (
            <Link to="/requests" search={{}} className={buttonClass()}>
              {t('requests.clear')}
            </Link>
          ) : (
            <Link to="/keys" className={buttonClass({ variant: 'primary' })}>
              {t('requests.get_key')}
            </Link>
          )
        }
      >
        {t(isFiltered ? 'requests.none_match_text' : 'requests.none_text')}
      </EmptyState>
    </div>
  );
}
