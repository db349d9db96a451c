import type { ApiKey } from '../api/types.ts';
import { useTranslation } from '../i18n/use-translation.ts';

/** What restricts a key, in a few words; a dash when nothing does. */
export function KeyLimits({ apiKey }: { apiKey: ApiKey }) {
  const { t, format } = useTranslation();
  const { limits, models, priority_max: priority } = apiKey;
  const lines: string[] = [];
  if (limits.requests_per_minute !== null)
    lines.push(t('keys.has_requests', { limit: format.compact(limits.requests_per_minute) }));
  if (limits.tokens_per_minute !== null)
    lines.push(t('keys.has_tokens', { limit: format.compact(limits.tokens_per_minute) }));
  if (limits.concurrent_requests !== null)
    lines.push(t('keys.has_concurrent', { limit: format.compact(limits.concurrent_requests) }));
  if (priority !== 'normal') lines.push(t('keys.has_priority', { priority: t(`priority.${priority}`) }));
  if (apiKey.waits_for_start) lines.push(t('keys.has_waiting'));
  if (lines.length === 0 && models === null) return <span className="text-muted">–</span>;
  return (
    <span className="flex max-w-72 flex-col text-xs">
      {lines.length > 0 && <span>{lines.join(' · ')}</span>}
      {models !== null && (
        <span className="truncate font-mono text-muted" title={models.join('\n')}>
          {models.join(', ')}
        </span>
      )}
    </span>
  );
}
