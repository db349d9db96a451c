import { useQuery } from '@tanstack/react-query';
import { Card } from '../design/card.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { AlertLine } from './alert-line.tsx';
import { instanceOf, openAlertsQuery } from './queries.ts';

/** The open alerts of one instance; nothing while there is none. */
export function InstanceAlerts({ instanceId }: { instanceId: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(openAlertsQuery);
  const own = data?.data.filter((alert) => instanceOf(alert) === instanceId) ?? [];
  if (own.length === 0) return null;
  return (
    <Card title={t('alerts.title')}>
      <ul className="flex flex-col gap-3" data-testid="instance-alerts">
        {own.map((alert) => (
          <li key={alert.id}>
            <AlertLine alert={alert} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
