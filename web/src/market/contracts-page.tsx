import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { FileSignature, SearchX } from 'lucide-react';
import { buttonClass } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { AgreementFilters } from './agreement-filters.tsx';
import { ContractTable } from './contract-table.tsx';
import { CONTRACT_STATES, readContractsSearch } from './market-search.ts';
import { OnlyFor } from './parts.tsx';
import { contractsQuery } from './queries.ts';

/** Contracts of the organisation on either side: terms, prices, and what has ended. */
export function ContractsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/market/contracts' });
  const navigate = useNavigate({ from: '/market/contracts' });
  const contracts = useInfiniteQuery(contractsQuery(search));
  const isFiltered = search.side !== undefined || search.state !== undefined;
  return (
    <>
      <PageHeader title={t('market.contracts_title')} description={t('market.contracts_text')} />
      <AgreementFilters
        side={search.side}
        state={search.state}
        states={CONTRACT_STATES.map((value) => ({ value, label: t(`agreement_state.${value}`) }))}
        onChange={(part) =>
          void navigate({ search: readContractsSearch(part), replace: true, resetScroll: false })
        }
      />
      <div className="card overflow-hidden">
        <Loaded query={contracts}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.data);
            if (rows.length > 0)
              return <ContractTable isSideShown label={t('market.contracts_title')} rows={rows} />;
            return (
              <EmptyState
                icon={isFiltered ? SearchX : FileSignature}
                title={t(isFiltered ? 'market.contracts_none_match' : 'market.contracts_none')}
                action={
                  !isFiltered && (
                    <Link to="/market/own" className={buttonClass()}>
                      {t('market.own')}
                    </Link>
                  )
                }
              >
                {t(isFiltered ? 'market.none_match_text' : 'market.contracts_none_text')}
              </EmptyState>
            );
          }}
        </Loaded>
        <LoadMore query={contracts} />
      </div>
      <div className="mt-4">
        <OnlyFor action="consumption.write" text="only_for.consumption" />
      </div>
    </>
  );
}
