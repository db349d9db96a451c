import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { ForeignOffering } from './foreign-offering.tsx';
import { OwnOffering } from './own-offering.tsx';
import { offeringQuery } from './queries.ts';

/** One offering: to run it where it is one's own, else to use it. */
export function OfferingPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/signed-in/market/offering/$id' });
  const offering = useQuery({ ...offeringQuery(id), retry: false });
  const own = useSession().organisation.id;
  const isOwn = offering.data?.organisation.id === own;
  return (
    <>
      <Link
        to={isOwn ? '/market/own' : '/market'}
        className="mb-3 -ml-1 inline-flex h-7 w-fit items-center gap-1 rounded-sm pr-2 text-sm text-muted hover:text-text"
      >
        <ChevronLeft aria-hidden className="size-4" />
        {t(isOwn ? 'market.own' : 'market.discover')}
      </Link>
      {!offering.data && <PageHeader title={t('offering.one')} />}
      <Loaded query={offering}>
        {(view) => (isOwn ? <OwnOffering offering={view} /> : <ForeignOffering offering={view} />)}
      </Loaded>
    </>
  );
}
