import type { Fit } from '#contracts/model-fit.ts';
import { useTranslation } from '../i18n/use-translation.ts';

/** What each GPU of the machine holds: weights, what the engine itself needs, and what is left for requests. */
export function VramBar({ fit }: { fit: Fit }) {
  const { t, format } = useTranslation();
  const total = fit.vram_bytes_per_gpu;
  const engine = fit.overhead_bytes_per_gpu + fit.activation_bytes_per_gpu;
  const share = (bytes: number) => `${Math.min(100, (100 * bytes) / Math.max(1, total))}%`;
  const taken = fit.weights_bytes_per_gpu + engine + fit.kv_bytes_per_gpu;
  return (
    <figure className="hidden md:block">
      <figcaption className="mb-1.5 flex justify-between text-xs">
        <span className="text-muted">{t('fit.title')}</span>
        <span className="tabular font-medium">
          {format.bytes(taken)} / {format.bytes(total)}
        </span>
      </figcaption>
      <div aria-hidden className="flex h-2 overflow-hidden rounded-full bg-text/10">
        <div className="h-full bg-accent" style={{ width: share(fit.weights_bytes_per_gpu) }} />
        <div className="h-full bg-accent/70" style={{ width: share(engine) }} />
        <div className="h-full bg-accent/40" style={{ width: share(fit.kv_bytes_per_gpu) }} />
      </div>
      <p className="tabular mt-1.5 text-xs text-muted">
        {t('fit.parts', {
          weights: format.bytes(fit.weights_bytes_per_gpu),
          overhead: format.bytes(engine),
          kv: format.bytes(fit.kv_bytes_per_gpu),
        })}
      </p>
    </figure>
  );
}
