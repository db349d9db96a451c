import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { MailCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PublicFrame, PublicNote } from './public-frame.tsx';

/** Asks for a link. The answer is the same whether there is such an account or not. */
export function ForgotPasswordPage() {
  const { t } = useTranslation();
  const [login, setLogin] = useState('');
  const ask = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/password-reset', { body: { login: login.trim() } })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  if (ask.isSuccess) {
    return (
      <PublicFrame title={t('forgot.sent')}>
        <PublicNote>
          <p className="flex gap-3" role="status">
            <MailCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-ok" />
            {t('forgot.sent_text', { login: login.trim() })}
          </p>
          <Link to="/login" className={buttonClass()}>
            {t('login.back')}
          </Link>
        </PublicNote>
      </PublicFrame>
    );
  }
  return (
    <PublicFrame title={t('forgot.title')} text={t('forgot.text')}>
      <form onSubmit={submit} className="card flex flex-col gap-4 p-6">
        <TextField
          label={t('login.user')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={255}
          required
          autoFocus
          value={login}
          onChange={(event) => setLogin(event.target.value)}
          data-testid="forgot-login"
        />
        {ask.isError && <ErrorState error={ask.error} />}
        <Button
          variant="primary"
          size="lg"
          type="submit"
          isBusy={ask.isPending}
          disabled={login.trim() === ''}
          data-testid="forgot-submit"
        >
          {t('forgot.submit')}
        </Button>
        <Link to="/login" className="self-center rounded-sm text-sm text-accent hover:underline">
          {t('login.back')}
        </Link>
      </form>
    </PublicFrame>
  );
}
