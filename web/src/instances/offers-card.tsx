import { CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { InstanceDetail, InstanceOffer } from '#contracts/instances.ts';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { type Column, Table } from '../design/table.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { type Translate, type Translation, useTranslation } from '../i18n/use-translation.ts';
import { phaseOf } from './states.ts';

/** Kinds of refusal at a provider. */
const REFUSALS: Record<string, MessageKey> = {
  stock_out: 'reason.stock_out',
  quota: 'reason.quota',
  auth: 'reason.auth',
  permission: 'reason.permission',
  invalid: 'reason.invalid',
  does_not_fit: 'reason.does_not_fit',
  unsupported: 'reason.unsupported',
  unknown: 'reason.provider_unknown',
};

type Standing = 'refused' | 'in_use' | 'ordered' | 'waiting' | 'unused';
const LOOKS: Record<Standing, { tone: Tone; icon: LucideIcon }> = {
  refused: { tone: 'warn', icon: CircleX },
  in_use: { tone: 'ok', icon: CircleCheck },
  ordered: { tone: 'info', icon: LoaderCircle },
  waiting: { tone: 'neutral', icon: CircleDashed },
  unused: { tone: 'neutral', icon: CircleDashed },
};

/** Worth a table only when there was a choice, or a refusal. */
export function hasOfferStory({ offers }: Pick<InstanceDetail, 'offers'>): boolean {
  return offers.length > 1 || offers.some((offer) => offer.refused_at !== null);
}

/** The machines that would do, in the order in which they are tried, and what the provider said to each. */
export function OffersCard({ instance }: { instance: InstanceDetail }) {
  const { t, format } = useTranslation();
  return (
    <Card isFlush title={t('offers.title')} note={t('offers.note')}>
      <Table
        label={t('offers.title')}
        columns={columnsOf(instance, { t, format })}
        rows={instance.offers}
        rowKey={(offer) => String(offer.position)}
      />
    </Card>
  );
}

function columnsOf(
  instance: InstanceDetail,
  { t, format }: Pick<Translation, 't' | 'format'>,
): Column<InstanceOffer>[] {
  return [
    { id: 'position', header: t('offers.order'), cell: (offer) => format.number(offer.position + 1) },
    {
      id: 'machine',
      header: t('instance.type'),
      cell: (offer) => (
        <>
          <span className="block whitespace-nowrap">{offer.instance_type}</span>
          <span className="block text-xs text-muted">{offer.zone}</span>
        </>
      ),
    },
    {
      id: 'price',
      header: t('instance.price'),
      align: 'end',
      isSecondary: true,
      cell: (offer) =>
        offer.price_micros_per_hour === null
          ? t('price.unknown_short')
          : format.unitPrice(offer.price_micros_per_hour),
    },
    {
      id: 'standing',
      header: t('instance.state'),
      cell: (offer) => {
        const standing = standingOf(instance, offer);
        return (
          <>
            <Chip {...LOOKS[standing]}>{t(`offers.${standing}`)}</Chip>
            {/* On a phone there is no room for a column of its own. */}
            {standing === 'refused' && (
              <div className="mt-1 md:hidden">
                <Refusal offer={offer} />
              </div>
            )}
          </>
        );
      },
    },
    {
      id: 'refusal',
      header: t('offers.refusal'),
      isSecondary: true,
      cell: (offer) => <Refusal offer={offer} />,
    },
  ];
}

function Refusal({ offer }: { offer: InstanceOffer }) {
  const { t, format } = useTranslation();
  if (offer.refused_at === null) return '–';
  return (
    <>
      <span className="block">{describeRefusal(offer.refusal_kind, t)}</span>
      <span className="block text-xs text-muted">
        <time dateTime={offer.refused_at}>{format.moment(offer.refused_at)}</time>
        {offer.refusal_message !== null && <span className="break-words"> · {offer.refusal_message}</span>}
      </span>
    </>
  );
}

function describeRefusal(kind: string | null, t: Translate): string {
  const known = REFUSALS[kind ?? 'unknown'];
  return known === undefined ? (kind ?? '–') : t(known);
}

function standingOf(instance: InstanceDetail, offer: InstanceOffer): Standing {
  if (offer.refused_at !== null) return 'refused';
  const isOpen = instance.state === 'provisioning' || instance.state === 'booting';
  if (offer.is_current && phaseOf(instance) !== 'ended' && instance.state !== 'provisioning_failed')
    return isOpen ? 'ordered' : 'in_use';
  return isOpen ? 'waiting' : 'unused';
}
