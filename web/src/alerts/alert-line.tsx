import { OctagonAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AlertView } from '#contracts/alerts.ts';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { describeAlert } from './describe-alert.ts';

const LOOKS = {
  critical: { icon: OctagonAlert, color: 'text-danger' },
  warning: { icon: TriangleAlert, color: 'text-warn' },
} as const;

/** One alert: how bad, what, since when, and whom it is about. */
export function AlertLine({ alert, subject }: { alert: AlertView; subject?: ReactNode }) {
  const { t, format } = useTranslation();
  const nowMs = useNow(1_000);
  const { icon: Icon, color } = LOOKS[alert.severity];
  const { title, detail } = describeAlert(alert, t);
  return (
    <div className="flex min-w-0 gap-2.5">
      <Icon aria-hidden className={classNames('mt-0.5 size-4 shrink-0', color)} />
      <div className="min-w-0 flex-1 text-sm">
        <p className="font-medium break-words">{title}</p>
        {detail !== null && <p className="break-words text-muted">{detail}</p>}
        <p className="mt-0.5 flex flex-wrap gap-x-1.5 text-xs text-muted">
          <span>{t(`alert_severity.${alert.severity}`)}</span>
          <span aria-hidden>·</span>
          <time dateTime={alert.opened_at} title={format.dateTime(alert.opened_at)}>
            {t('alerts.since', { age: format.age(nowMs - Date.parse(alert.opened_at)) })}
          </time>
          {subject}
        </p>
      </div>
    </div>
  );
}
