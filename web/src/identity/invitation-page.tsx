import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { OpenedInvitation } from '#contracts/organisations.ts';
import { answerOf, api } from '../api/client.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Loaded } from '../widgets/loaded.tsx';
import { enterOrganisation } from './enter-organisation.ts';
import { JoinForm } from './join-form.tsx';
import { forgetLinkToken, takeLinkToken } from './link-token.ts';
import { OrganisationMark } from './organisation-mark.tsx';
import { PublicFrame, PublicNote } from './public-frame.tsx';
import { sessionQuery } from './session.ts';

/** Where the link of an invitation leads: to the organisation, with the account one has or a new one. */
export function InvitationPage() {
  const { t } = useTranslation();
  const [token] = useState(() => takeLinkToken());
  const opened = useQuery({
    queryKey: ['opened-invitation', token],
    queryFn: ({ signal }) =>
      answerOf(api.POST('/api/v1/invitations/open', { body: { token: token ?? '' }, signal })),
    enabled: token !== null,
    staleTime: 60_000,
  });
  if (token === null) {
    return (
      <PublicFrame title={t('invitation.title')}>
        <PublicNote>
          <p>{t('invitation.no_token')}</p>
          <Link to="/" className={buttonClass()}>
            {t('not_found.home')}
          </Link>
        </PublicNote>
      </PublicFrame>
    );
  }
  return (
    <PublicFrame title={t('invitation.title')}>
      <div className="card">
        <Loaded query={opened}>{(invitation) => <Invitation token={token} invitation={invitation} />}</Loaded>
      </div>
    </PublicFrame>
  );
}

function Invitation({ token, invitation }: { token: string; invitation: OpenedInvitation }) {
  const { t, format } = useTranslation();
  const session = useQuery({ ...sessionQuery, retry: false });
  const { organisation, email, role, invited_by: by, expires_at: until } = invitation;
  return (
    <div className="flex flex-col gap-4 p-6">
      <div className="flex items-center gap-3">
        <OrganisationMark name={organisation.name} colour={organisation.colour} size="lg" />
        <div className="min-w-0">
          <p className="truncate text-lg font-semibold">{organisation.name}</p>
          <p className="text-sm text-muted">{t('invitation.by', { by, role: t(`role.${role}`) })}</p>
        </div>
      </div>
      <p className="text-sm text-muted">{t('invitation.for', { email, until: format.dateTime(until) })}</p>
      {session.data ? (
        <Accept token={token} username={session.data.user.username} />
      ) : invitation.has_account ? (
        <>
          <p>{t('invitation.has_account')}</p>
          <Link
            to="/login"
            search={{ next: '/invitation' }}
            className={buttonClass({ variant: 'primary', size: 'lg' })}
          >
            {t('invitation.sign_in')}
          </Link>
        </>
      ) : (
        !session.isPending && <JoinForm token={token} email={email} />
      )}
    </div>
  );
}

function Accept({ token, username }: { token: string; username: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const accept = useMutation({
    mutationFn: async () => {
      const joined = await answerOf(api.POST('/api/v1/invitations/accept', { body: { token } }));
      forgetLinkToken('/invitation');
      await enterOrganisation(joined.organisation_id);
    },
  });
  const leave = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/session')),
    onSuccess: () => client.resetQueries({ queryKey: sessionQuery.queryKey }),
  });
  return (
    <>
      {accept.isError && <ErrorState error={accept.error} />}
      <Button
        variant="primary"
        size="lg"
        isBusy={accept.isPending}
        onClick={() => accept.mutate()}
        data-testid="invitation-accept"
      >
        {t('invitation.accept', { username })}
      </Button>
      <Button variant="ghost" size="sm" isBusy={leave.isPending} onClick={() => leave.mutate()}>
        {t('invitation.other_account')}
      </Button>
    </>
  );
}
