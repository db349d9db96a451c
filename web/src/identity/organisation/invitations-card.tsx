import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX, Clock, type LucideIcon, Mail } from 'lucide-react';
import type { InvitationView } from '#contracts/organisations.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { Chip, type Tone } from '../../design/chip.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { Segmented } from '../../design/segmented.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { LoadMore } from '../../widgets/load-more.tsx';
import { Loaded } from '../../widgets/loaded.tsx';
import { When } from '../../widgets/when.tsx';
import { Actor } from '../actor.tsx';
import { INVITATION_STATES } from './members-search.ts';
import { invitationsQuery } from './queries.ts';

type State = InvitationView['state'];

const LOOKS: Record<State, { tone: Tone; icon: LucideIcon }> = {
  open: { tone: 'info', icon: Mail },
  accepted: { tone: 'ok', icon: CircleCheck },
  expired: { tone: 'warn', icon: Clock },
  revoked: { tone: 'neutral', icon: CircleX },
};

interface InvitationsCardProps {
  state: State | undefined;
  onState: (state: State | undefined) => void;
}

export function InvitationsCard({ state = 'open', onState }: InvitationsCardProps) {
  const { t } = useTranslation();
  const invitations = useInfiniteQuery(invitationsQuery({ state }));
  return (
    <Card
      isFlush
      title={t('invitations.title')}
      note={invitations.data && <span className="tabular">{invitations.data.pages[0]?.total}</span>}
      actions={
        <Segmented
          label={t('invitations.show')}
          value={state}
          options={INVITATION_STATES.map((value) => ({ value, label: t(`invitation_state.${value}`) }))}
          onChange={(value) => onState(value === 'open' ? undefined : value)}
        />
      }
    >
      <Loaded query={invitations} rows={2}>
        {(data) => <InvitationList invitations={data.pages.flatMap((page) => page.data)} />}
      </Loaded>
      <LoadMore query={invitations} />
    </Card>
  );
}

function InvitationList({ invitations }: { invitations: readonly InvitationView[] }) {
  const { t } = useTranslation();
  const actions = useInvitationActions();
  if (invitations.length === 0) {
    return (
      <EmptyState icon={Mail} title={t('invitations.none')}>
        {t('invitations.none_text')}
      </EmptyState>
    );
  }
  const columns: Column<InvitationView>[] = [
    {
      id: 'email',
      header: t('account.email'),
      cell: ({ email, invited_by: by }) => (
        <>
          <span className="block font-medium">{email}</span>
          <span className="block text-xs text-muted">
            <Actor actor={`user:${by}`} />
          </span>
        </>
      ),
    },
    { id: 'role', header: t('members.role'), cell: ({ role }) => t(`role.${role}`) },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state }) => <Chip {...LOOKS[state]}>{t(`invitation_state.${state}`)}</Chip>,
    },
    {
      id: 'sent',
      header: t('invitations.sent'),
      isSecondary: true,
      cell: ({ sent_at: at }) => <When iso={at} />,
    },
    {
      id: 'expires',
      header: t('keys.expires'),
      isSecondary: true,
      cell: ({ expires_at: at }) => <When iso={at} />,
    },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (invitation) => <InvitationButtons invitation={invitation} actions={actions} />,
    },
  ];
  const failed = [actions.resend, actions.revoke].find((action) => action.isError);
  return (
    <>
      {failed && <ErrorState error={failed.error} className="mx-4 mb-4" />}
      <Table label={t('invitations.title')} columns={columns} rows={invitations} rowKey={({ id }) => id} />
    </>
  );
}

interface InvitationButtonsProps {
  invitation: InvitationView;
  actions: ReturnType<typeof useInvitationActions>;
}

function InvitationButtons({ invitation, actions }: InvitationButtonsProps) {
  const { t } = useTranslation();
  const { id, email, state } = invitation;
  if (state !== 'open' && state !== 'expired') return null;
  return (
    <span className="flex justify-end gap-1">
      <Button
        size="sm"
        variant="ghost"
        aria-label={t('invitations.resend_of', { email })}
        isBusy={actions.resend.isPending && actions.resend.variables === id}
        onClick={() => actions.resend.mutate(id)}
      >
        {t('invitations.resend')}
      </Button>
      <Button
        size="sm"
        variant="ghost"
        className="text-danger!"
        aria-label={t('invitations.revoke_of', { email })}
        isBusy={actions.revoke.isPending && actions.revoke.variables === id}
        onClick={() => actions.revoke.mutate(id)}
      >
        {t('revoke.open')}
      </Button>
    </span>
  );
}

function useInvitationActions() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['invitations'] });
  const resend = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.POST('/api/v1/organisation/invitations/{id}/resend', { params: { path: { id } } })),
    onSuccess: ({ email }) => toast(t('invite.sent', { email })),
    onSettled,
  });
  const revoke = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.DELETE('/api/v1/organisation/invitations/{id}', { params: { path: { id } } })),
    onSuccess: ({ email }) => toast(t('invitations.revoked', { email })),
    onSettled,
  });
  return { resend, revoke };
}
