import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Bell, BellRing, CircleCheck } from 'lucide-react';
import type { AlertView } from '#contracts/alerts.ts';
import { ErrorState } from '../design/error-state.tsx';
import { Popover } from '../design/popover.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { knownInstanceName } from '../instances/queries.ts';
import { AlertLine } from './alert-line.tsx';
import { instanceOf, openAlertsQuery } from './queries.ts';

/** How much does not get on by itself, on every page; opened, what it is and where. */
export function AlertsMenu() {
  const { t, format } = useTranslation();
  const alerts = useQuery(openAlertsQuery);
  const count = alerts.data?.data.length ?? 0;
  const shown = `${format.number(count)}${alerts.data?.has_more ? '+' : ''}`;
  const Icon = count > 0 ? BellRing : Bell;
  return (
    <Popover
      label={t('alerts.open_count', { count })}
      testId="alerts-menu"
      isWide
      triggerClassName="flex h-9 min-w-9 items-center justify-center rounded-md px-1.5 text-muted hover:bg-text/8 hover:text-text"
      trigger={
        <span className="flex items-center gap-1">
          <Icon className={count > 0 ? 'size-[18px] text-danger' : 'size-[18px]'} />
          {count > 0 && <span className="tabular text-xs font-semibold text-text">{shown}</span>}
        </span>
      }
    >
      {(close) => (
        <section aria-label={t('alerts.title')}>
          <h2 className="px-2.5 pt-1.5 pb-2 font-semibold">{t('alerts.title')}</h2>
          {alerts.isError && <ErrorState error={alerts.error} className="mx-2.5 mb-2" />}
          {alerts.data && count === 0 && (
            <p className="flex items-center gap-2 px-2.5 pb-2 text-sm text-muted">
              <CircleCheck aria-hidden className="size-4 text-ok" />
              {t('alerts.none')}
            </p>
          )}
          {count > 0 && (
            <ul className="max-h-[60dvh] overflow-y-auto border-t border-border">
              {alerts.data?.data.map((alert) => (
                <li key={alert.id} className="border-b border-border last:border-0">
                  <Entry alert={alert} onFollow={close} />
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
    </Popover>
  );
}

function Entry({ alert, onFollow }: { alert: AlertView; onFollow: () => void }) {
  const client = useQueryClient();
  const instanceId = instanceOf(alert);
  const name = instanceId === null ? alert.subject_id : (knownInstanceName(client, instanceId) ?? instanceId);
  const line = (
    <AlertLine
      alert={alert}
      subject={
        <>
          <span aria-hidden>·</span>
          <span className="break-all">{name}</span>
        </>
      }
    />
  );
  if (instanceId === null) return <div className="px-2.5 py-2.5">{line}</div>;
  return (
    <Link
      to="/instances/$id"
      params={{ id: instanceId }}
      onClick={onFollow}
      className="block px-2.5 py-2.5 -outline-offset-2 hover:bg-text/4"
      data-testid={`alert-${alert.code}`}
    >
      {line}
    </Link>
  );
}
