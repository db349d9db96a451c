import { type ConnectionStatus, useConnectionStatus } from '../api/connection.ts';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';

const LOOK: Record<ConnectionStatus, string> = {
  live: 'bg-ok',
  connecting: 'bg-control motion-safe:animate-pulse',
  retrying: 'bg-warn motion-safe:animate-pulse',
};

/** Whether what is on the screen follows the system as it happens. */
export function ConnectionDot({ isNarrow }: { isNarrow: boolean }) {
  const { t } = useTranslation();
  const status = useConnectionStatus();
  return (
    <span
      role="status"
      title={t(`connection.${status}_hint`)}
      data-status={status}
      data-testid="connection"
      className="mr-1 inline-flex h-8 items-center gap-2 px-1.5 text-xs font-medium text-muted"
    >
      <span aria-hidden className={classNames('size-2 rounded-full', LOOK[status])} />
      <span className={isNarrow && status === 'live' ? 'sr-only' : ''}>{t(`connection.${status}`)}</span>
    </span>
  );
}
