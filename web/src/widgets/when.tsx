import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';

const TICK_MS = 15_000;

/** A moment as its distance from now; the exact time is in its title. */
export function When({ iso, absent = '–' }: { iso: string | null; absent?: string }) {
  const { format } = useTranslation();
  const nowMs = useNow(TICK_MS);
  if (iso === null) return <span className="text-muted">{absent}</span>;
  return (
    <time dateTime={iso} title={format.dateTime(iso)} className="whitespace-nowrap">
      {format.ago(iso, nowMs)}
    </time>
  );
}
