import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleSlash } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { InstanceDetail } from '#contracts/instances.ts';
import type { MachineTermsView } from '#contracts/machine-terms.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { dayNames } from './day-names.ts';
import { isEnded } from './states.ts';
import { termsQuery } from './workers-query.ts';

const TermsDialog = lazy(() =>
  import('./terms-dialog.tsx').then((module) => ({ default: module.TermsDialog })),
);

/** When and how much others may use of the machine, and how much of it is used up today. */
export function TermsCard({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  const isWriter = useIsAllowed('instances.write');
  const { data: terms, error, refetch } = useQuery(termsQuery(instance.id));
  const [isEdited, setEdited] = useState(false);
  return (
    <Card
      title={t('terms.title')}
      note={
        terms &&
        !isEnded(instance) &&
        (terms.closed_because === null ? (
          <Chip tone="ok" icon={CircleCheck} testId="terms-open">
            {t('terms.open')}
          </Chip>
        ) : (
          <Chip tone="warn" icon={CircleSlash}>
            {t(`terms.closed_${terms.closed_because}`)}
          </Chip>
        ))
      }
      actions={
        terms &&
        isWriter &&
        !isEnded(instance) && (
          <Button size="sm" data-testid="terms-edit" onClick={() => setEdited(true)}>
            {t('terms.edit')}
          </Button>
        )
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {terms && <TermsFacts terms={terms} />}
      {isEdited && terms && (
        <Suspense fallback={null}>
          <TermsDialog
            instanceId={instance.id}
            name={instance.name}
            terms={terms}
            onClose={() => setEdited(false)}
          />
        </Suspense>
      )}
    </Card>
  );
}

function TermsFacts({ terms }: { terms: MachineTermsView }) {
  const { t, format, language } = useTranslation();
  const names = dayNames(language);
  const limitOf = (limit: number | null) => (limit === null ? t('terms.unlimited') : format.number(limit));
  return (
    <dl className="grid gap-3 text-sm sm:grid-cols-3">
      <div>
        <dt className="text-xs text-muted">{t('terms.hours')}</dt>
        <dd>
          {terms.windows.length === 0
            ? t('terms.always')
            : terms.windows.map(({ days, from, to }) => (
                <span key={`${days.join()} ${from} ${to}`} className="tabular block">
                  {days.length === 7 ? '' : `${days.map((day) => names[day - 1]).join(', ')} `}
                  {from}–{to}
                </span>
              ))}
          {terms.windows.length > 0 && <span className="text-xs text-muted">{terms.time_zone}</span>}
        </dd>
      </div>
      <div>
        <dt className="text-xs text-muted">{t('terms.requests_per_day')}</dt>
        <dd className="tabular">
          {limitOf(terms.requests_per_day)}
          <span className="block text-xs text-muted">
            {t('terms.used_today', { used: format.number(terms.requests_today) })}
          </span>
        </dd>
      </div>
      <div>
        <dt className="text-xs text-muted">{t('terms.tokens_per_day')}</dt>
        <dd className="tabular">
          {limitOf(terms.tokens_per_day)}
          <span className="block text-xs text-muted">
            {t('terms.used_today', { used: format.number(terms.tokens_today) })}
          </span>
        </dd>
      </div>
    </dl>
  );
}
