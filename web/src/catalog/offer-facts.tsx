/** What is known of an offer beside its price: how old the provider's word is, whether it goes on, what was measured. */
import { Gauge, Hourglass, TriangleAlert } from 'lucide-react';
import type { Offer } from '#contracts/management.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';

const TICK_MS = 60_000;

/** When the stock was told. It warns where that may not be so any more, and is silent where nobody told. */
export function OfferAge({ offer: { told_at: at, stale } }: { offer: Pick<Offer, 'told_at' | 'stale'> }) {
  const { t, format } = useTranslation();
  const nowMs = useNow(TICK_MS);
  if (at === null && stale === null) return null;
  const ago = at === null ? null : format.ago(at, Math.max(nowMs, Date.parse(at)));
  const words = ago === null ? t('offer.never_told') : t('offer.told', { ago });
  const title = stale === null ? t('offer.told_text') : t(`offer.stale_${stale}`);
  return (
    <span
      className={stale === null ? 'text-muted' : 'flex items-center gap-1 text-warn'}
      title={at === null ? title : `${title} (${format.dateTime(at)})`}
      data-testid="offer-age"
      data-stale={stale ?? undefined}
    >
      {stale !== null && <TriangleAlert aria-hidden className="size-3.5 shrink-0" />}
      {words}
      {stale !== null && <span className="sr-only">{title}</span>}
    </span>
  );
}

/** That it cannot be ordered anew, and why; nothing while it is offered. */
export function ServiceEnd({ service }: Pick<Offer, 'service'>) {
  const { t } = useTranslation();
  if (service === 'offered') return null;
  return (
    <span
      className="flex items-center gap-1 text-warn"
      title={t(`offer.service_${service}_text`)}
      data-testid="offer-service"
    >
      <Hourglass aria-hidden className="size-3.5 shrink-0" />
      {t(`offer.service_${service}`)}
    </span>
  );
}

type Memory = Pick<Offer, 'vram_bytes_per_gpu' | 'vram_bytes_nominal' | 'vram_measured_on'>;

/** How the memory that counts came to be known, where it was measured. */
export function MeasuredMemory({ offer, isShort = false }: { offer: Memory; isShort?: boolean }) {
  const { t, format } = useTranslation();
  if (offer.vram_measured_on === 0) return null;
  return (
    <span
      className="flex items-center gap-1 text-muted"
      title={t('offer.measured_text', {
        nominal: format.bytes(offer.vram_bytes_nominal),
        count: offer.vram_measured_on,
      })}
      data-testid="offer-measured"
    >
      <Gauge aria-hidden className="size-3.5 shrink-0" />
      {isShort ? t('offer.measured_short') : t('offer.measured', { count: offer.vram_measured_on })}
    </span>
  );
}
