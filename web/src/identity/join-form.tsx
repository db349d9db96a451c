import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { joinSchema } from '#contracts/organisations.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { enterOrganisation } from './enter-organisation.ts';
import { forgetLinkToken } from './link-token.ts';
import { isNewPassword, NewPasswordFields } from './new-password-fields.tsx';

/** For an address without an account: makes one, joins, and is signed in to the organisation. */
export function JoinForm({ token, email }: { token: string; email: string }) {
  const { t } = useTranslation();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [isChecked, setChecked] = useState(false);
  const isNameRight = joinSchema.shape.username.safeParse(username.trim()).success;
  const join = useMutation({
    mutationFn: async () => {
      const login = username.trim();
      const joined = await answerOf(
        api.POST('/api/v1/invitations/join', { body: { token, username: login, password } }),
      );
      forgetLinkToken('/invitation');
      try {
        await answerOf(api.POST('/api/v1/session', { body: { login, password } }));
        await enterOrganisation(joined.organisation_id);
      } catch {
        // The account is there and the invitation is used up: sending this form again would only confuse.
        window.location.assign('/login');
      }
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (isNameRight && isNewPassword(password, repeated)) join.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" data-testid="join-form">
      <p>{t('invitation.no_account', { email })}</p>
      <TextField
        label={t('account.username')}
        hint={t('account.username_rule')}
        error={isChecked && !isNameRight ? t('account.username_rule') : undefined}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={60}
        required
        value={username}
        onChange={(event) => setUsername(event.target.value)}
        data-testid="join-username"
      />
      <NewPasswordFields
        password={password}
        repeated={repeated}
        isChecked={isChecked}
        onPassword={setPassword}
        onRepeated={setRepeated}
      />
      {join.isError && <ErrorState error={join.error} />}
      <Button variant="primary" size="lg" type="submit" isBusy={join.isPending} data-testid="join-submit">
        {t('invitation.join')}
      </Button>
    </form>
  );
}
