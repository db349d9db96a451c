import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

interface LoadedProps<T> {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'isError' | 'isPending' | 'refetch'>;
  rows?: number;
  children: (data: T) => ReactNode;
}

/** What a query brought; until then its shape in grey, and what went wrong above what is still known. */
export function Loaded<T>({ query, rows = 4, children }: LoadedProps<T>) {
  const { t } = useTranslation();
  return (
    <>
      {query.isError && (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} className="m-4" />
      )}
      {query.isPending && !query.isError && <SkeletonRows count={rows} label={t('common.loading')} />}
      {query.data !== undefined && children(query.data)}
    </>
  );
}
