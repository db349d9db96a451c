import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AccountView } from '#contracts/people.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { isNewPassword, NewPasswordFields } from '../new-password-fields.tsx';
import { sessionQuery } from '../session.ts';
import { ProofField } from './proof-field.tsx';

export function PasswordCard({ account }: { account: AccountView }) {
  const { t } = useTranslation();
  return (
    <Card title={t('account.password')} note={t('account.password_note')}>
      {account.has_password ? <PasswordForm account={account} /> : <NoPassword account={account} />}
    </Card>
  );
}

function PasswordForm({ account }: { account: AccountView }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [present, setPresent] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [isChecked, setChecked] = useState(false);
  const change = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/account/password', {
          body: { current_password: present, new_password: password },
        }),
      ),
    onSuccess: async (session) => {
      toast(t('account.password_changed'));
      setPresent('');
      setPassword('');
      setRepeated('');
      setChecked(false);
      client.setQueryData(sessionQuery.queryKey, session);
      await client.invalidateQueries({ queryKey: ['sessions'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (isNewPassword(password, repeated)) change.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-3">
        <ProofField account={account} value={present} onChange={setPresent} />
        <NewPasswordFields
          password={password}
          repeated={repeated}
          isChecked={isChecked}
          onPassword={setPassword}
          onRepeated={setRepeated}
        />
      </div>
      {change.isError && <ErrorState error={change.error} />}
      <Button
        type="submit"
        className="w-fit"
        isBusy={change.isPending}
        disabled={present === '' || password === ''}
        data-testid="password-save"
      >
        {t('account.change_password')}
      </Button>
    </form>
  );
}

/** Somebody who signs in by single sign-on only: the first password is set by a mailed link. */
function NoPassword({ account }: { account: AccountView }) {
  const { t } = useTranslation();
  const ask = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/password-reset', { body: { login: account.username } })),
    onSuccess: () => toast(t('account.password_link_sent', { email: account.email })),
  });
  return (
    <>
      <p className="text-muted">{t('account.no_password')}</p>
      {ask.isError && <ErrorState error={ask.error} className="mt-4" />}
      <Button className="mt-4" isBusy={ask.isPending} onClick={() => ask.mutate()}>
        {t('forgot.submit')}
      </Button>
    </>
  );
}
