import { useTranslation } from '../i18n/use-translation.ts';

/** A part of a whole, as a length and as a figure. */
export function ShareBar({ share, tone = 'bg-accent' }: { share: number; tone?: string }) {
  const { format } = useTranslation();
  const percent = Math.min(100, Math.max(0, share * 100));
  return (
    <span className="flex min-w-28 items-center gap-2">
      <span aria-hidden className="h-1.5 w-20 overflow-hidden rounded-full bg-text/10">
        <span className={`block h-full rounded-full ${tone}`} style={{ width: `${percent}%` }} />
      </span>
      <span className="tabular text-xs text-muted">{format.percent(percent)}</span>
    </span>
  );
}
