import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter, useSearch } from '@tanstack/react-router';
import { LogIn } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { ProblemError } from '../api/problem-error.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { CodeForm } from './code-form.tsx';
import { loginMethodsQuery } from './login-methods.ts';
import { addressOf, openWorkspace } from './open-workspace.ts';
import { PublicFrame } from './public-frame.tsx';
import { sessionQuery } from './session.ts';

interface Credentials {
  login: string;
  password: string;
}

/** Password first; then, where the account has one, the code of the authenticator. */
export function LoginPage() {
  const { t } = useTranslation();
  const { next, error } = useSearch({ from: '/login' });
  const [waiting, setWaiting] = useState<Credentials | null>(null);
  const signIn = useSignIn(next);
  const send = (given: Credentials, code?: string) =>
    signIn.mutate(code === undefined ? given : { ...given, code }, {
      onError: (problem) => {
        if (isCodeAsked(problem)) setWaiting(given);
        else if (!isCodeWrong(problem)) setWaiting(null);
      },
    });
  if (waiting) {
    const problem = isCodeAsked(signIn.error) ? null : signIn.error;
    return (
      <PublicFrame title={t('login.code_title')} text={t('login.code_text')}>
        <CodeForm
          error={problem}
          isBusy={signIn.isPending}
          onSend={(code) => send(waiting, code)}
          onBack={() => {
            signIn.reset();
            setWaiting(null);
          }}
        />
      </PublicFrame>
    );
  }
  return (
    <PublicFrame
      title={t('login.title')}
      text={next ? t('login.continue') : t('login.text')}
      foot={t('login.first_admin')}
    >
      {error !== undefined && !signIn.isError && (
        <ErrorState error={new ProblemError({ status: 403, code: error, detail: error })} className="mb-4" />
      )}
      <PasswordForm error={signIn.error} isBusy={signIn.isPending} onSend={send} />
      <SingleSignOn next={next} />
    </PublicFrame>
  );
}

function isCodeAsked(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'auth.code_required';
}

function isCodeWrong(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'auth.bad_code';
}

function useSignIn(next: string | undefined) {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (body: Credentials & { code?: string }) => answerOf(api.POST('/api/v1/session', { body })),
    onSuccess: async (session) => {
      // Whoever was signed in before in this tab leaves nothing behind.
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      await openWorkspace(client, next ?? '/');
      router.history.push(addressOf(next ?? '/'));
    },
  });
}

interface PasswordFormProps {
  error: unknown;
  isBusy: boolean;
  onSend: (given: Credentials) => void;
}

function PasswordForm({ error, isBusy, onSend }: PasswordFormProps) {
  const { t } = useTranslation();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSend({ login: String(form.get('login')), password: String(form.get('password')) });
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
      {error !== null && !isCodeAsked(error) && <ErrorState error={error} />}
      <Button variant="primary" size="lg" type="submit" isBusy={isBusy} data-testid="login-submit">
        {t('login.submit')}
      </Button>
      <Link
        to="/forgot-password"
        className="w-fit self-center rounded-sm text-sm text-accent hover:underline"
      >
        {t('login.forgot')}
      </Link>
    </form>
  );
}

/** A link, not a request: the provider's page replaces ours, and leads back here. */
function SingleSignOn({ next }: { next: string | undefined }) {
  const { t } = useTranslation();
  const { data } = useQuery(loginMethodsQuery);
  if (!data?.oidc) return null;
  const query = next === undefined ? '' : `?return_to=${encodeURIComponent(next)}`;
  return (
    <>
      <p className="my-4 flex items-center gap-3 text-xs text-muted before:h-px before:flex-1 before:bg-border after:h-px after:flex-1 after:bg-border">
        {t('login.or')}
      </p>
      <a
        href={`${data.oidc.start_url}${query}`}
        className={`${buttonClass({ size: 'lg' })} w-full`}
        data-testid="login-sso"
      >
        <LogIn aria-hidden className="size-4" />
        {t('login.sso')}
      </a>
    </>
  );
}
