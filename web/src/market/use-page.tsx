import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Store } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { buttonClass } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { ContractTable } from './contract-table.tsx';
import { EntitlementTable } from './entitlement-table.tsx';
import { OnlyFor } from './parts.tsx';
import { accessRequestsQuery, contractsQuery, entitlementsQuery } from './queries.ts';
import { RequestTable } from './request-table.tsx';

const CodeDialog = lazy(() =>
  import('../workbench/code-dialog.tsx').then((module) => ({ default: module.CodeDialog })),
);

/** What the organisation may use of others: now, soon, or once; and what waits for an answer. */
export function UsePage() {
  const { t } = useTranslation();
  const { show } = useSearch({ from: '/signed-in/market/use' });
  const navigate = useNavigate({ from: '/market/use' });
  const entitlements = useInfiniteQuery(entitlementsQuery({ side: 'consumed', ended: show === 'ended' }));
  const [coded, setCoded] = useState<string | null>(null);
  return (
    <>
      <PageHeader title={t('market.use_title')} description={t('market.use_text')} />
      <div className="flex flex-col gap-5">
        <Waiting />
        <Card
          isFlush
          title={t('market.use')}
          actions={
            <Segmented
              label={t('market.show')}
              value={show ?? 'now'}
              options={(['now', 'ended'] as const).map((value) => ({
                value,
                label: t(`market.show_${value}`),
              }))}
              onChange={(value) =>
                void navigate({
                  search: value === 'ended' ? { show: value } : {},
                  replace: true,
                  resetScroll: false,
                })
              }
            />
          }
        >
          <Loaded query={entitlements}>
            {(data) => {
              const rows = data.pages.flatMap((page) => page.data);
              if (rows.length === 0) return <Nothing isEnded={show === 'ended'} />;
              return (
                <EntitlementTable label={t('market.use')} rows={rows} isProvider={false} onCode={setCoded} />
              );
            }}
          </Loaded>
          <LoadMore query={entitlements} />
        </Card>
        <OnlyFor action="consumption.write" text="only_for.consumption" />
      </div>
      {coded !== null && (
        <Suspense fallback={null}>
          <CodeDialog
            model={coded}
            system=""
            prompt={t('keys.sample_prompt')}
            parameters={{}}
            onClose={() => setCoded(null)}
          />
        </Suspense>
      )}
    </>
  );
}

/** What others proposed to us and what we asked of them; nothing while there is none. */
function Waiting() {
  const { t } = useTranslation();
  const mayRead = useIsAllowed('contracts.read');
  const proposed = useInfiniteQuery({
    ...contractsQuery({ side: 'consumed', state: 'proposed' }),
    enabled: mayRead,
  });
  const asked = useInfiniteQuery({
    ...accessRequestsQuery({ side: 'consumed', state: 'requested' }),
    enabled: mayRead,
  });
  const proposals = proposed.data?.pages.flatMap((page) => page.data) ?? [];
  const requests = asked.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <>
      {proposals.length > 0 && (
        <Card isFlush title={t('market.proposed_to_us')}>
          <ContractTable label={t('market.proposed_to_us')} rows={proposals} />
          <LoadMore query={proposed} />
        </Card>
      )}
      {requests.length > 0 && (
        <Card isFlush title={t('market.asked_by_us')}>
          <RequestTable label={t('market.asked_by_us')} rows={requests} />
          <LoadMore query={asked} />
        </Card>
      )}
    </>
  );
}

function Nothing({ isEnded }: { isEnded: boolean }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={Store}
      title={t(isEnded ? 'market.use_none_ended' : 'market.use_none')}
      action={
        !isEnded && (
          <Link to="/market" className={buttonClass({ variant: 'primary' })}>
            {t('market.discover')}
          </Link>
        )
      }
    >
      {t(isEnded ? 'market.use_none_ended_text' : 'market.use_none_text')}
    </EmptyState>
  );
}
