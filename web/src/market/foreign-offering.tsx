import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Code, MessageSquareText } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { AccessRequestView, ContractView, EntitlementView, OfferingView } from '#contracts/offerings.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { When } from '../widgets/when.tsx';
import { AcceptContractDialog, EndUseDialog } from './agreement-dialogs.tsx';
import { WithdrawRequestDialog } from './answer-dialogs.tsx';
import { CONTRACT_LOOKS, ENTITLEMENT_LOOKS, REQUEST_LOOKS } from './looks.ts';
import { AccessChip, AllowanceLine, Facts, ModelName, OnlyFor } from './parts.tsx';
import { PlansCard } from './plans-card.tsx';
import { PriceLine } from './price-line.tsx';
import { PriceVersions } from './price-versions.tsx';
import { accessRequestsQuery, contractsQuery, entitlementsQuery, offeringPricesQuery } from './queries.ts';
import { RequestAccessDialog, TakeUpDialog } from './take-up-dialogs.tsx';

const CodeDialog = lazy(() =>
  import('../workbench/code-dialog.tsx').then((module) => ({ default: module.CodeDialog })),
);

type Layer = 'take-up' | 'request' | 'withdraw' | 'accept' | 'end' | 'code';

/** How the own organisation stands to what another one offers. */
interface Standing {
  entitlement: EntitlementView | undefined;
  proposal: ContractView | undefined;
  request: AccessRequestView | undefined;
}

/** What another organisation offers: how one may use it, what that costs, and the code that calls it. */
export function ForeignOffering({ offering }: { offering: OfferingView }) {
  const { t } = useTranslation();
  const { isLoading, error, standing } = useStanding(offering.id);
  const prices = useQuery(offeringPricesQuery(offering.id));
  const [layer, setLayer] = useState<Layer | null>(null);
  return (
    <>
      <PageHeader
        title={offering.name}
        description={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <span>{t('market.of', { name: offering.organisation.name })}</span>
            <AccessChip access={offering.access} />
            <ModelName name={offering.model_name} />
          </span>
        }
        actions={
          <Button
            icon={<Code aria-hidden className="size-4" />}
            onClick={() => setLayer('code')}
            data-testid="offering-code-open"
          >
            {t('market.code')}
          </Button>
        }
      />
      <div className="flex flex-col gap-5">
        {offering.description !== '' && (
          <p className="max-w-[80ch] break-words whitespace-pre-line">{offering.description}</p>
        )}
        <Card title={t('use.standing')}>
          {error !== null && <ErrorState error={error} />}
          {isLoading && <SkeletonRows count={2} label={t('common.loading')} />}
          {error === null && !isLoading && (
            <StandingOf offering={offering} standing={standing} onOpen={setLayer} />
          )}
        </Card>
        {offering.access === 'subscription' && <PlansCard offering={offering} isOwn={false} />}
        <Card isFlush title={t('offering.list_price')}>
          <PriceVersions query={prices} isOwn={false} />
        </Card>
      </div>
      <Layers {...{ layer, offering, standing }} onClose={() => setLayer(null)} />
    </>
  );
}

function useStanding(offering: string) {
  const seesContracts = useIsAllowed('contracts.read');
  const use = useInfiniteQuery(entitlementsQuery({ side: 'consumed', ended: false, offering }));
  const proposals = useInfiniteQuery({
    ...contractsQuery({ side: 'consumed', state: 'proposed', offering }),
    enabled: seesContracts,
  });
  const requests = useInfiniteQuery({
    ...accessRequestsQuery({ side: 'consumed', offering }),
    enabled: seesContracts,
  });
  const standing: Standing = {
    entitlement: use.data?.pages[0]?.data[0],
    proposal: proposals.data?.pages[0]?.data[0],
    request: requests.data?.pages[0]?.data[0],
  };
  return {
    standing,
    isLoading: use.isLoading || proposals.isLoading || requests.isLoading,
    error: use.error ?? proposals.error ?? requests.error,
  };
}

interface StandingProps {
  offering: OfferingView;
  standing: Standing;
  onOpen: (layer: Layer) => void;
}

function StandingOf({ offering, standing, onOpen }: StandingProps) {
  const { entitlement, proposal, request } = standing;
  return (
    <div className="flex flex-col gap-4" data-testid="standing">
      {proposal && <Proposal proposal={proposal} onOpen={onOpen} />}
      {entitlement ? (
        <InUse entitlement={entitlement} onOpen={onOpen} />
      ) : (
        !(proposal && isByRequest(offering)) && <NotYet {...{ offering, request, onOpen }} />
      )}
    </div>
  );
}

function Proposal({ proposal, onOpen }: { proposal: ContractView } & Pick<StandingProps, 'onOpen'>) {
  const { t } = useTranslation();
  const mayAccept = useIsAllowed('consumption.write');
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-warn/40 bg-warn/8 p-4">
      <div className="min-w-0 flex-1 basis-64">
        <Chip {...CONTRACT_LOOKS.proposed}>{t('agreement_state.proposed')}</Chip>
        <p className="mt-1.5">
          <PriceLine price={proposal.price} /> {t('market.per_1k')}
        </p>
        <OnlyFor action="consumption.write" text="only_for.consumption" />
      </div>
      {mayAccept && (
        <Button variant="primary" onClick={() => onOpen('accept')}>
          {t('contract.accept')}
        </Button>
      )}
    </div>
  );
}

function InUse({ entitlement, onOpen }: { entitlement: EntitlementView } & Pick<StandingProps, 'onOpen'>) {
  const { t, format } = useTranslation();
  const mayEnd = useIsAllowed('consumption.write');
  const { state, source, price, allowance, starts_at: from, ends_at: until, offering } = entitlement;
  const isFree = source === 'free' || source === 'trial';
  return (
    <>
      <Facts
        facts={[
          [
            t('keys.status'),
            <Chip key="state" {...ENTITLEMENT_LOOKS[state]} testId="standing-state">
              {t(`agreement_state.${state}`)}
            </Chip>,
          ],
          [t('use.how'), t(`use_source.${source}`)],
          [t('market.price_header'), isFree ? t('market.free') : <PriceLine key="price" price={price} />],
          [t('market.since'), format.moment(from)],
          [t('market.ends'), until === null ? t('market.open_end') : format.moment(until)],
          ...(allowance
            ? ([[t('market.allowance_title'), <AllowanceLine key="left" allowance={allowance} />]] as const)
            : []),
        ]}
      />
      <div className="flex flex-wrap gap-2">
        {state === 'active' && (
          <Link to="/chat" search={{ model: offering.model_name }} className={buttonClass()}>
            <MessageSquareText aria-hidden className="size-4" />
            {t('models.chat')}
          </Link>
        )}
        {mayEnd && (
          <Button variant="ghost" className="text-danger!" onClick={() => onOpen('end')}>
            {t('use.end')}
          </Button>
        )}
      </div>
    </>
  );
}

interface NotYetProps extends Pick<StandingProps, 'offering' | 'onOpen'> {
  request: AccessRequestView | undefined;
}

/** How it is got, or that somebody has asked for it already. */
function NotYet({ offering, request, onOpen }: NotYetProps) {
  const { t } = useTranslation();
  const mayConsume = useIsAllowed('consumption.write');
  const isAsked = isByRequest(offering);
  const isWaiting = request?.state === 'requested';
  return (
    <>
      {request && request.state !== 'approved' && <Asked request={request} />}
      {!isWaiting && <p>{t(isAsked ? 'use.by_request' : `use.by_${offering.access}`)}</p>}
      <OnlyFor action="consumption.write" text="only_for.consumption" />
      {mayConsume && (
        <div className="flex flex-wrap gap-2">
          {isWaiting ? (
            <Button onClick={() => onOpen('withdraw')}>{t('request_of_us.withdraw')}</Button>
          ) : (
            <Button
              variant="primary"
              onClick={() => onOpen(isAsked ? 'request' : 'take-up')}
              data-testid="offering-get"
            >
              {t(isAsked ? 'take_up.request' : `take_up.${offering.access}`)}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

/** Whether its organisation decides who uses it, whatever it says of itself. */
function isByRequest({ access, visibility }: OfferingView): boolean {
  return access === 'request' || visibility === 'private';
}

function Asked({ request }: { request: AccessRequestView }) {
  const { t } = useTranslation();
  return (
    <div>
      <p className="flex flex-wrap items-center gap-2">
        <Chip {...REQUEST_LOOKS[request.state]} testId="standing-request">
          {t(`request_state.${request.state}`)}
        </Chip>
        <span className="text-sm text-muted">
          <When iso={request.decided_at ?? request.created_at} />
        </span>
      </p>
      {request.answer !== '' && (
        <blockquote className="mt-2 border-l-2 border-border pl-3 break-words whitespace-pre-line">
          {request.answer}
        </blockquote>
      )}
    </div>
  );
}

interface LayersProps {
  layer: Layer | null;
  offering: OfferingView;
  standing: Standing;
  onClose: () => void;
}

function Layers({ layer, offering, standing, onClose }: LayersProps) {
  const { t } = useTranslation();
  const { entitlement, proposal, request } = standing;
  switch (layer) {
    case 'take-up':
      return <TakeUpDialog {...{ offering, onClose }} />;
    case 'request':
      return <RequestAccessDialog {...{ offering, onClose }} />;
    case 'withdraw':
      return request ? <WithdrawRequestDialog {...{ request, onClose }} /> : null;
    case 'accept':
      return proposal ? <AcceptContractDialog contract={proposal} onClose={onClose} /> : null;
    case 'end':
      return entitlement ? <EndUseDialog {...{ entitlement, onClose }} isProvider={false} /> : null;
    case 'code':
      return (
        <Suspense fallback={null}>
          <CodeDialog
            model={offering.model_name}
            system=""
            prompt={t('keys.sample_prompt')}
            parameters={{}}
            onClose={onClose}
          />
        </Suspense>
      );
    default:
      return null;
  }
}
