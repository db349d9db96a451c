import { useTranslation } from '../i18n/use-translation.ts';
import { OutcomeChip } from './request-outcome.tsx';
import type { RequestListProps } from './request-table.tsx';

/** The list on a phone. */
export function RequestCards({ rows, names, onOpen }: RequestListProps) {
  const { t, format } = useTranslation();
  return (
    <ul className="flex flex-col gap-3">
      {rows.map((row) => (
        <li key={row.request_id}>
          <button
            type="button"
            className="card w-full p-4 text-left"
            onClick={() => onOpen(row.request_id)}
            data-testid={`request-row-${row.request_id}`}
          >
            <span className="flex items-center gap-3">
              <OutcomeChip entry={row} />
              <time dateTime={row.started_at} className="tabular ml-auto text-xs text-muted">
                {format.moment(row.started_at)}
              </time>
            </span>
            <span className="mt-2 block truncate font-medium">{row.model ?? t('request.no_model')}</span>
            {row.error_code !== null && (
              <code className="font-mono text-xs text-muted">{row.error_code}</code>
            )}
            <span className="tabular mt-1 flex flex-wrap gap-x-3 text-xs text-muted">
              <span>{row.api_key_id === null ? t('request.by_session') : names.key(row.api_key_id)}</span>
              <span>{format.duration(Math.round(row.duration_ms))}</span>
              <span>
                {format.number(row.prompt_tokens)} → {format.number(row.completion_tokens)}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
