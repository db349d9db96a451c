import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import type { UserView } from '#contracts/people.ts';
import { answerOf, api, given } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Actor } from '../identity/actor.tsx';
import { useSession } from '../identity/session.ts';
import { toast } from '../shell/toaster.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';

const HISTORY_LIMIT = 20;

/** What an administrator may do to an account, each with what it means, and what was done to it so far. */
export function UserDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const { t } = useTranslation();
  const { user: self } = useSession();
  const act = useUserAction(user);
  const isSelf = user.id === self.id;
  const busy = act.isPending ? act.variables : null;
  const rows = [
    { action: 'password_link', isShown: !user.is_disabled, label: t('users.password_link') },
    { action: 'sign_out', isShown: !isSelf, label: t('users.sign_out') },
    { action: 'reset_totp', isShown: user.has_totp && !isSelf, label: t('users.reset_totp') },
    {
      action: 'admin',
      isShown: !isSelf,
      label: t(user.is_platform_admin ? 'users.unmake_admin' : 'users.make_admin'),
    },
    { action: 'disable', isShown: !isSelf, label: t(user.is_disabled ? 'users.enable' : 'users.disable') },
  ] as const;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="md"
      title={user.username}
      description={user.email}
      testId="user-dialog"
    >
      <div className="flex flex-col gap-5 px-5 py-5">
        {act.isError && <ErrorState error={act.error} />}
        <ul className="divide-y divide-border">
          {rows
            .filter(({ isShown }) => isShown)
            .map(({ action, label }) => (
              <li key={action} className="flex flex-wrap items-center gap-3 py-2.5">
                <p className="min-w-0 flex-1 basis-60 text-sm text-muted">{t(`users.${action}_text`)}</p>
                <Button
                  size="sm"
                  isBusy={busy === action}
                  disabled={busy !== null}
                  onClick={() => act.mutate(action)}
                  data-testid={`user-${action}`}
                >
                  {label}
                </Button>
              </li>
            ))}
        </ul>
        <History userId={user.id} />
      </div>
    </Dialog>
  );
}

type UserAction = 'password_link' | 'sign_out' | 'reset_totp' | 'admin' | 'disable';

function useUserAction(user: UserView) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const params = { path: { id: user.id } };
  return useMutation({
    mutationFn: async (action: UserAction) => {
      if (action === 'password_link')
        await answerOf(api.POST('/api/v1/users/{id}/password-link', { params }));
      else if (action === 'sign_out') await answerOf(api.DELETE('/api/v1/users/{id}/sessions', { params }));
      else if (action === 'reset_totp') await answerOf(api.DELETE('/api/v1/users/{id}/totp', { params }));
      else {
        const body =
          action === 'admin'
            ? { is_platform_admin: !user.is_platform_admin }
            : { is_disabled: !user.is_disabled };
        await answerOf(api.PATCH('/api/v1/users/{id}', { params, body }));
      }
    },
    onSuccess: () => toast(t('users.done')),
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
}

function History({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const history = useInfiniteQuery({
    queryKey: ['users', 'history', userId],
    queryFn: ({ pageParam, signal }) => {
      const params = {
        path: { id: userId },
        query: given({ limit: HISTORY_LIMIT, after: pageParam ?? undefined }),
      };
      return answerOf(api.GET('/api/v1/users/{id}/history', { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
  });
  return (
    <section>
      <h3 className="mb-1.5 text-sm font-semibold">{t('users.history')}</h3>
      <Loaded query={history} rows={2}>
        {(data) => {
          const entries = data.pages.flatMap((page) => page.data);
          if (entries.length === 0) return <p className="text-sm text-muted">{t('users.no_history')}</p>;
          return (
            <ul className="flex flex-col gap-1 text-sm">
              {entries.map(({ id, action, actor, at }) => (
                <li key={id}>
                  <code className="font-mono text-xs">{action}</code>{' '}
                  <span className="text-muted">
                    · <Actor actor={actor} /> · <When iso={at} />
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={history} />
    </section>
  );
}
