import { Timer } from 'lucide-react';
import { useId, useState } from 'react';
import type { Offer, OfferSpeed } from '#contracts/management.ts';
import { Availability } from '../catalog/availability.tsx';
import { MeasuredMemory, OfferAge, ServiceEnd } from '../catalog/offer-facts.tsx';
import { classNames } from '../design/class-names.ts';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { byPrice, inOrder, isUsable, OFFER_ORDERS, type OfferOrder, offerKey } from './draft.ts';
import { FitLine } from './fit-line.tsx';

interface OfferPickerProps {
  offers: readonly Offer[];
  chosenKey: string | null;
  onChoose: (key: string) => void;
}

/** Machines on offer for the model: those that fit first, cheapest first; the rest says why not. */
export function OfferPicker({ offers, chosenKey, onChoose }: OfferPickerProps) {
  const { t } = useTranslation();
  const [isAllShown, setAllShown] = useState(false);
  const name = useId();
  const [order, setOrder] = useState<OfferOrder>('price');
  const usable = offers.filter(isUsable).sort(inOrder(order));
  const others = offers.filter((offer) => !isUsable(offer)).sort(byPrice);
  const shown = isAllShown ? [...usable, ...others] : usable;
  return (
    <div className="overflow-hidden rounded-lg border border-border">
      {usable.length === 0 && (
        <p className="border-b border-border p-4 text-muted">{t('deploy.nothing_fits')}</p>
      )}
      {usable.length > 1 && (
        <div className="flex items-center gap-3 border-b border-border bg-surface px-3.5 py-2">
          <Segmented
            label={t('offer.sort')}
            value={order}
            options={OFFER_ORDERS.map((value) => ({ value, label: t(`offer.sort_${value}`) }))}
            onChange={setOrder}
          />
        </div>
      )}
      <div role="radiogroup" aria-label={t('deploy.step_offer')}>
        {shown.map((offer) => {
          const key = offerKey(offer);
          return (
            <OfferLine
              key={key}
              offer={offer}
              groupName={name}
              isChosen={key === chosenKey}
              onChoose={() => onChoose(key)}
            />
          );
        })}
      </div>
      {others.length > 0 && (
        <button
          type="button"
          aria-expanded={isAllShown}
          onClick={() => setAllShown(!isAllShown)}
          className="h-9 w-full border-t border-border bg-surface text-sm font-medium text-muted -outline-offset-2 hover:text-text"
        >
          {isAllShown ? t('deploy.hide_unusable') : t('deploy.show_unusable', { count: others.length })}
        </button>
      )}
    </div>
  );
}

interface OfferLineProps {
  offer: Offer;
  groupName: string;
  isChosen: boolean;
  onChoose: () => void;
}

function OfferLine({ offer, groupName, isChosen, onChoose }: OfferLineProps) {
  const { t, format } = useTranslation();
  const isPossible = isUsable(offer);
  return (
    <label
      data-testid={`deploy-offer-${offer.instance_type}-${offer.zone}`}
      className={classNames(
        'flex items-start gap-3 border-b border-border px-3.5 py-2.5 last:border-0',
        'has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent',
        isPossible ? 'hover:bg-text/4' : 'cursor-not-allowed bg-surface',
        isChosen && 'bg-accent/8',
      )}
    >
      <input
        type="radio"
        name={groupName}
        checked={isChosen}
        disabled={!isPossible}
        onChange={onChoose}
        className="mt-1 size-4 shrink-0 accent-accent outline-none"
      />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className={classNames('font-medium', !isPossible && 'text-muted')}>
            {offer.instance_type}
          </span>
          <span className="text-xs text-muted">
            {offer.provider} · {offer.zone}
          </span>
        </span>
        <span className="tabular block text-xs text-muted">
          {t('offer.gpus', {
            count: offer.gpu_count,
            kind: offer.gpu_kind,
            vram: format.bytes(offer.vram_bytes_per_gpu),
          })}
          {' · '}
          {t('offer.machine', { vcpus: offer.vcpus, memory: format.bytes(offer.memory_bytes) })}
        </span>
        <span className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs">
          <Availability value={offer.availability} />
          <OfferAge offer={offer} />
          <ServiceEnd service={offer.service} />
          <MeasuredMemory offer={offer} />
          {offer.fit && <FitLine fit={offer.fit} offer={offer} />}
          <StartTime offer={offer} />
          {!offer.is_enabled && <span className="text-muted">{t('offer.disabled')}</span>}
        </span>
      </span>
      <Price offer={offer} />
    </label>
  );
}

function Price({ offer }: { offer: Offer }) {
  const { t, format } = useTranslation();
  const micros = offer.price_micros_per_hour;
  if (micros === null) return <span className="shrink-0 text-sm text-muted">{t('price.unknown')}</span>;
  return (
    <span className="tabular shrink-0 text-right">
      <span className="font-semibold">{format.unitPrice(micros)}</span>
      <span className="text-xs text-muted">{t('unit.per_hour')}</span>
      {offer.speed && <TokenCost speed={offer.speed} />}
      {offer.price?.as_of && (
        <span className="block text-xs text-muted">
          {t('offer.price_of', { date: format.date(offer.price.as_of) })}
        </span>
      )}
    </span>
  );
}

/** How long earlier starts of this kind of machine took, from the order to the first answer. */
function StartTime({ offer }: { offer: Offer }) {
  const { t, format } = useTranslation();
  if (offer.usual_start_ms === null) return <span className="text-muted">{t('offer.start_unknown')}</span>;
  return (
    <span
      className="flex items-center gap-1"
      title={t('machines.start_of', { count: offer.usual_start_of })}
      data-testid="offer-start"
    >
      <Timer aria-hidden className="size-3.5 text-muted" />
      {t('offer.start', { time: format.duration(offer.usual_start_ms) })}
    </span>
  );
}

function TokenCost({ speed }: { speed: OfferSpeed }) {
  const { t, format } = useTranslation();
  const best = Math.max(speed.estimated_tokens_per_second ?? 0, speed.measured_tokens_per_second ?? 0);
  if (speed.micros_per_million_tokens === null) return null;
  const price = t('offer.million', { price: format.money(speed.micros_per_million_tokens) });
  return (
    <span
      className="block text-xs text-muted"
      title={t(`offer.million_${speed.basis}`, { speed: format.number(best, 1) })}
      data-testid="offer-million"
    >
      {speed.basis === 'estimated' && '≈ '}
      {price}
    </span>
  );
}
