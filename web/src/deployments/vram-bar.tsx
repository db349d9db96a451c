import type { ModelView, Offer } from '#contracts/management.ts';
import { useTranslation } from '../i18n/use-translation.ts';

/** How much of the machine's GPU memory the model takes: its weights, and what serving needs beside them. */
export function VramBar({ model, offer }: { model: ModelView; offer: Offer }) {
  const { t, format } = useTranslation();
  const total = offer.vram_bytes_per_gpu * offer.gpu_count;
  const share = (bytes: number) => `${Math.min(100, (100 * bytes) / Math.max(1, total))}%`;
  const beside = Math.max(0, model.vram_bytes_needed - model.weights_bytes);
  return (
    <figure className="hidden md:block">
      <figcaption className="mb-1.5 flex justify-between text-xs">
        <span className="text-muted">{t('fit.title')}</span>
        <span className="tabular font-medium">
          {format.bytes(model.vram_bytes_needed)} / {format.bytes(total)}
        </span>
      </figcaption>
      <div aria-hidden className="flex h-2 overflow-hidden rounded-full bg-text/10">
        <div className="h-full bg-accent" style={{ width: share(model.weights_bytes) }} />
        <div className="h-full bg-accent/45" style={{ width: share(beside) }} />
      </div>
      <p className="tabular mt-1.5 text-xs text-muted">
        {t('fit.parts', { weights: format.bytes(model.weights_bytes), beside: format.bytes(beside) })}
      </p>
    </figure>
  );
}
