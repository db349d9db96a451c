import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck, SearchX, Store } from 'lucide-react';
import type { OfferingView } from '#contracts/offerings.ts';
import { buttonClass } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { looksLikeName, readOfferingsSearch } from './market-search.ts';
import { type OfferingFilter, OfferingFilters } from './offering-filters.tsx';
import { AccessChip, ModelName } from './parts.tsx';
import { PriceLine } from './price-line.tsx';
import { entitlementsQuery, offeringsQuery } from './queries.ts';

/** What other organisations offer, and what of it is used already. */
export function DiscoverPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/market/' });
  const navigate = useNavigate({ from: '/market' });
  const offerings = useInfiniteQuery(offeringsQuery('market', search));
  const inUse = useInfiniteQuery(entitlementsQuery({ side: 'consumed', ended: false }));
  const used = new Set(inUse.data?.pages.flatMap((page) => page.data.map((row) => row.offering.id)));
  const change = (part: OfferingFilter) =>
    void navigate({
      search: (old) => readOfferingsSearch({ ...old, ...part }),
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <PageHeader title={t('market.discover_title')} description={t('market.discover_text')} />
      <OfferingFilters search={search} total={offerings.data?.pages[0]?.total} onChange={change} />
      <Loaded query={offerings}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.data);
          if (rows.length === 0) return <Nothing find={search.q} isFiltered={isFiltered(search)} />;
          return (
            <ul className="grid gap-3 lg:grid-cols-2">
              {rows.map((offering) => (
                <OfferingCard key={offering.id} offering={offering} isUsed={used.has(offering.id)} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={offerings} />
    </>
  );
}

function isFiltered({ q, access }: OfferingFilter): boolean {
  return q !== undefined || access !== undefined;
}

/** The whole card leads to the offering; its link says so to a keyboard. */
function OfferingCard({ offering, isUsed }: { offering: OfferingView; isUsed: boolean }) {
  const { t } = useTranslation();
  return (
    <li className="card flex flex-col gap-3 p-4" data-testid={`offering-${offering.model_name}`}>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold break-words">
            <Link
              to="/market/offering/$id"
              params={{ id: offering.id }}
              className="hover:text-accent hover:underline"
            >
              {offering.name}
            </Link>
          </h2>
          <p className="text-sm text-muted">
            {t('market.of', { name: offering.organisation.name })} ·{' '}
            <span className="break-all">{offering.model.hf_id}</span>
          </p>
        </div>
        <span className="flex flex-wrap gap-1.5">
          {isUsed && (
            <Chip tone="ok" icon={CircleCheck} testId="offering-in-use">
              {t('market.in_use')}
            </Chip>
          )}
          <AccessChip access={offering.access} />
        </span>
      </div>
      {offering.description !== '' && (
        <p className="line-clamp-2 text-sm break-words text-muted">{offering.description}</p>
      )}
      <div className="mt-auto flex flex-wrap items-center justify-between gap-2 border-t border-border pt-3">
        <ModelName name={offering.model_name} />
        <span className="text-sm">
          {offering.access === 'subscription' && offering.price === null ? (
            t('market.by_plan')
          ) : (
            <PriceLine price={isFree(offering) ? FREE : offering.price} />
          )}
        </span>
      </div>
    </li>
  );
}

function isFree({ access }: OfferingView): boolean {
  return access === 'free' || access === 'trial';
}

const FREE = { prompt_micros_per_1k: 0, completion_micros_per_1k: 0, cached_micros_per_1k: 0 };

/** A name that is not listed may still be somebody's: who knows it can open it. */
function Nothing({ find, isFiltered: isNarrowed }: { find: string | undefined; isFiltered: boolean }) {
  const { t } = useTranslation();
  const isName = looksLikeName(find);
  return (
    <div className="card">
      <EmptyState
        icon={isNarrowed ? SearchX : Store}
        title={t(isNarrowed ? 'market.none_match' : 'market.none')}
        action={
          isName ? (
            <Link
              to="/market/offering/$id"
              params={{ id: find.trim() }}
              className={buttonClass({ variant: 'primary' })}
            >
              {t('market.open_name', { name: find.trim() })}
            </Link>
          ) : (
            !isNarrowed && (
              <Link to="/market/own" className={buttonClass()}>
                {t('market.offer_yours')}
              </Link>
            )
          )
        }
      >
        {t(isName ? 'market.unlisted_text' : isNarrowed ? 'market.none_match_text' : 'market.none_text')}
      </EmptyState>
    </div>
  );
}
