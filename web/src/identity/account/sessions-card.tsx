import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MonitorSmartphone } from 'lucide-react';
import type { SessionItem } from '#contracts/people.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { Loaded } from '../../widgets/loaded.tsx';
import { When } from '../../widgets/when.tsx';
import { sessionsQuery } from './queries.ts';
import { shortUserAgent } from './user-agent.ts';

/** Where one is signed in; each may be ended from here, at once. */
export function SessionsCard() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const onSettled = () => client.invalidateQueries({ queryKey: ['sessions'] });
  const end = useMutation({
    mutationFn: (id: string) => answerOf(api.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } })),
    onSuccess: () => toast(t('sessions.ended', { count: 1 })),
    onSettled,
  });
  const endOthers = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/sessions')),
    onSuccess: ({ ended }) => toast(t('sessions.ended', { count: ended })),
    onSettled,
  });
  const failed = [end, endOthers].find((action) => action.isError);
  const hasOthers = (sessions.data?.length ?? 0) > 1;
  return (
    <Card
      title={t('sessions.title')}
      actions={
        hasOthers && (
          <Button size="sm" isBusy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {t('sessions.end_others')}
          </Button>
        )
      }
    >
      {failed && <ErrorState error={failed.error} className="mb-3" />}
      <Loaded query={sessions} rows={2}>
        {(data) => (
          <ul className="divide-y divide-border">
            {data.map((session) => (
              <Session
                key={session.id}
                session={session}
                isBusy={end.isPending && end.variables === session.id}
                onEnd={() => end.mutate(session.id)}
              />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

interface SessionProps {
  session: SessionItem;
  isBusy: boolean;
  onEnd: () => void;
}

function Session({ session, isBusy, onEnd }: SessionProps) {
  const { t, format } = useTranslation();
  const { is_current: isCurrent, user_agent: agent, address, organisation, last_seen_at: seen } = session;
  const name = shortUserAgent(agent) ?? t('sessions.unknown');
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2.5">
      <MonitorSmartphone aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 flex-1">
        <span className="block font-medium" title={agent ?? undefined}>
          {name}
          {isCurrent && <span className="font-normal text-muted"> · {t('sessions.this')}</span>}
        </span>
        <span className="block text-sm text-muted">
          {[address, organisation.name, t(`sessions.by_${session.method}`)]
            .filter((part) => part !== null)
            .join(' · ')}
        </span>
        <span className="block text-sm text-muted">
          {t('sessions.seen')} <When iso={seen} /> ·{' '}
          {t('sessions.until', { at: format.dateTime(session.expires_at) })}
        </span>
      </span>
      {!isCurrent && (
        <Button
          size="sm"
          variant="ghost"
          aria-label={t('sessions.end_of', { name })}
          isBusy={isBusy}
          onClick={onEnd}
        >
          {t('sessions.end')}
        </Button>
      )}
    </li>
  );
}
