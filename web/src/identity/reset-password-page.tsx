import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { forgetLinkToken, takeLinkToken } from './link-token.ts';
import { isNewPassword, NewPasswordFields } from './new-password-fields.tsx';
import { PublicFrame, PublicNote } from './public-frame.tsx';

/** Where the link of a mail leads: for a new account, and for a password that was forgotten. */
export function ResetPasswordPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [token] = useState(() => takeLinkToken());
  const set = useMutation({
    mutationFn: (body: { token: string; password: string }) =>
      answerOf(api.POST('/api/v1/password-reset/confirm', { body })),
    onSuccess: () => {
      forgetLinkToken('/reset-password');
      // All sessions of the account have ended, perhaps this one too.
      client.clear();
    },
  });
  if (set.isSuccess) {
    return (
      <PublicFrame title={t('reset.done')}>
        <PublicNote>
          <p className="flex gap-3" role="status">
            <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-ok" />
            {t('reset.done_text')}
          </p>
          <Link to="/login" className={buttonClass({ variant: 'primary', size: 'lg' })}>
            {t('login.submit')}
          </Link>
        </PublicNote>
      </PublicFrame>
    );
  }
  if (token === null) {
    return (
      <PublicFrame title={t('reset.title')}>
        <PublicNote>
          <p>{t('reset.no_token')}</p>
          <Link to="/forgot-password" className={buttonClass()}>
            {t('reset.ask_again')}
          </Link>
        </PublicNote>
      </PublicFrame>
    );
  }
  return (
    <PublicFrame title={t('reset.title')} text={t('reset.text')}>
      <PasswordForm
        error={set.error}
        isBusy={set.isPending}
        onSend={(password) => set.mutate({ token, password })}
      />
    </PublicFrame>
  );
}

interface PasswordFormProps {
  error: unknown;
  isBusy: boolean;
  onSend: (password: string) => void;
}

function PasswordForm({ error, isBusy, onSend }: PasswordFormProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [isChecked, setChecked] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (isNewPassword(password, repeated)) onSend(password);
  };
  return (
    <form onSubmit={submit} className="card flex flex-col gap-4 p-6">
      <NewPasswordFields
        password={password}
        repeated={repeated}
        isChecked={isChecked}
        onPassword={setPassword}
        onRepeated={setRepeated}
      />
      {error !== null && (
        <>
          <ErrorState error={error} />
          <Link
            to="/forgot-password"
            className="w-fit self-center rounded-sm text-sm text-accent hover:underline"
          >
            {t('reset.ask_again')}
          </Link>
        </>
      )}
      <Button variant="primary" size="lg" type="submit" isBusy={isBusy} data-testid="reset-submit">
        {t('reset.submit')}
      </Button>
    </form>
  );
}
