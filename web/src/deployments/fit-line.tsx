import { CircleCheck, CircleX, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { Offer } from '#contracts/management.ts';
import type { Fit } from '#contracts/model-fit.ts';
import { classNames } from '../design/class-names.ts';
import type { Format } from '../i18n/format.ts';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';

const LOOKS: Record<Fit['verdict'], { icon: LucideIcon; color: string }> = {
  fits: { icon: CircleCheck, color: 'text-ok' },
  tight: { icon: TriangleAlert, color: 'text-warn' },
  no: { icon: CircleX, color: 'text-danger' },
};

/** The verdict and its figures are the server's; they are told in the reader's language. */
export function FitLine({ fit, offer }: { fit: Fit; offer: Pick<Offer, 'gpu_count'> }) {
  const { t, format } = useTranslation();
  const { icon: Icon, color } = LOOKS[fit.verdict];
  const reasons = fit.reasons.map((reason) => wordsOf(reason, { fit, offer, t, format }));
  const verdict = fit.verdict === 'fits' ? roomOf(fit, { t, format }) : t(`fit.${fit.verdict}`);
  return (
    <span className="flex items-center gap-1" title={fit.explanation} data-testid={`fit-${fit.verdict}`}>
      <Icon aria-hidden className={classNames('size-3.5 shrink-0', color)} />
      {reasons.length === 0 ? verdict : `${verdict}: ${reasons.join('; ')}`}
    </span>
  );
}

interface Words {
  t: Translate;
  format: Format;
}

function roomOf(fit: Fit, { t, format }: Words): string {
  const context = format.compact(fit.context_length, 0);
  if (fit.sequences === null) return t('fit.fits_encoder', { context });
  return t('fit.fits', { count: format.number(Math.floor(fit.sequences)), context });
}

function wordsOf(
  { code }: Fit['reasons'][number],
  { fit, offer, t, format }: Words & { fit: Fit; offer: Pick<Offer, 'gpu_count'> },
): string {
  const needed = fit.weights_bytes_per_gpu + fit.overhead_bytes_per_gpu + fit.activation_bytes_per_gpu;
  return t(`fit.reason.${code}`, {
    used: format.number(fit.tensor_parallel),
    count: format.number(offer.gpu_count),
    needed: format.bytes(needed),
    usable: format.bytes(fit.usable_bytes_per_gpu),
    context: format.number(fit.context_length),
    full: format.number(fit.model_context_length),
    sequences: format.number(fit.sequences ?? 0, 1),
  });
}
