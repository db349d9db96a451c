import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Hourglass } from 'lucide-react';
import type { HostEnrolmentView } from '#contracts/host-enrolments.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { enrolmentsQuery } from './queries.ts';

/** Commands that were given out and wait for their machine. */
export function EnrolmentList({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation();
  const { data = [] } = useQuery(enrolmentsQuery);
  const open = data.filter(({ state }) => state === 'open');
  if (open.length === 0) return null;
  return (
    <Card title={t('enrolments.open')} className="mb-5">
      <ul className="flex flex-col gap-2" data-testid="enrolments">
        {open.map((enrolment) => (
          <OpenEnrolment key={enrolment.id} enrolment={enrolment} mayWrite={mayWrite} />
        ))}
      </ul>
    </Card>
  );
}

function OpenEnrolment({ enrolment, mayWrite }: { enrolment: HostEnrolmentView; mayWrite: boolean }) {
  const { t, format } = useTranslation();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => {
      const path = { id: enrolment.id };
      return answerOf(api.DELETE('/api/v1/host-enrolments/{id}', { params: { path } }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['host-enrolments'] }),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 text-sm">
      <Hourglass aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 basis-56">
        <span className="font-medium">{enrolment.name ?? t('enrolments.unnamed')}</span>{' '}
        <span className="text-muted">
          {t('enrolments.until', { time: format.time(enrolment.expires_at) })}
        </span>
      </span>
      {mayWrite && (
        <Button
          size="sm"
          isBusy={revoke.isPending}
          onClick={() => revoke.mutate()}
          data-testid="enrolment-revoke"
        >
          {t('enrolments.revoke')}
        </Button>
      )}
      {revoke.isError && <ErrorState error={revoke.error} className="w-full" />}
    </li>
  );
}
