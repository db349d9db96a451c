import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect } from 'react';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { BrandMark } from '../shell/brand.tsx';
import { LanguageToggle, ThemeToggle } from '../shell/toggles.tsx';
import { sessionQuery } from './session.ts';

export function LoginPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: '/login' });
  useEffect(() => {
    document.title = `${t('login.title')} · Inventiv Agents`;
  }, [t]);
  return (
    <div className="flex min-h-dvh flex-col bg-surface">
      <div className="flex justify-end gap-0.5 p-3">
        <LanguageToggle />
        <ThemeToggle />
      </div>
      <main className="flex flex-1 flex-col items-center justify-center px-4 pb-24">
        <div className="w-full max-w-[380px]">
          <div className="mb-6 flex flex-col items-center text-center">
            <BrandMark className="mb-4 size-11" />
            <h1 className="text-2xl font-semibold tracking-tight">{t('login.title')}</h1>
            <p className="mt-1.5 text-muted">{next ? t('login.continue') : t('login.text')}</p>
          </div>
          <LoginForm next={next} />
          <p className="mt-4 px-2 text-center text-xs text-muted">{t('login.first_admin')}</p>
        </div>
      </main>
    </div>
  );
}

function LoginForm({ next }: { next: string | undefined }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const signIn = useMutation({
    mutationFn: (body: { login: string; password: string }) =>
      answerOf(api.POST('/api/v1/session', { body })),
    onSuccess: (session) => {
      // Whoever was signed in before in this tab leaves nothing behind.
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      router.history.push(next ?? '/');
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn.mutate({ login: String(form.get('login')), password: String(form.get('password')) });
  };
  return (
    <form data-testid="login-form" onSubmit={submit} className="card flex flex-col gap-4 p-6">
      <TextField
        label={t('login.user')}
        name="login"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        data-testid="login-user"
      />
      <TextField
        label={t('login.password')}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        data-testid="login-password"
      />
      {signIn.isError && <ErrorState error={signIn.error} />}
      <Button variant="primary" size="lg" type="submit" isBusy={signIn.isPending} data-testid="login-submit">
        {t('login.submit')}
      </Button>
    </form>
  );
}
