import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Ban, CircleCheck, KeyRound, SearchX, ShieldCheck, UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { UserView } from '#contracts/people.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { When } from '../widgets/when.tsx';
import { CreateUserDialog } from './create-user-dialog.tsx';
import { USER_STATES, type UsersSearch } from './platform-search.ts';
import { usersQuery } from './queries.ts';
import { UserDialog } from './user-dialog.tsx';

/** Everybody who has an account on this installation. */
export function UsersPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/platform/users' });
  const navigate = useNavigate({ from: '/platform/users' });
  const users = useInfiniteQuery(usersQuery(search));
  const [isCreating, setCreating] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const rows = users.data?.pages.flatMap((page) => page.data) ?? [];
  const opened = rows.find(({ id }) => id === openId);
  const { q, state } = search;
  const show = (wanted: UsersSearch) => void navigate({ search: wanted, replace: true, resetScroll: false });
  return (
    <>
      <PageHeader
        title={t('platform.users')}
        description={t('users.text')}
        actions={
          <Button
            variant="primary"
            icon={<UserPlus aria-hidden className="size-4" />}
            onClick={() => setCreating(true)}
            data-testid="user-create"
          >
            {t('users.create')}
          </Button>
        }
      />
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <SearchField
          label={t('users.find')}
          value={q}
          onFind={(find) => show({ ...(find ? { q: find } : {}), ...(state ? { state } : {}) })}
        />
        <Segmented
          label={t('users.show')}
          value={state ?? 'all'}
          options={(['all', ...USER_STATES] as const).map((value) => ({
            value,
            label: t(value === 'all' ? 'common.all' : `user_state.${value}`),
          }))}
          onChange={(value) => show({ ...(q ? { q } : {}), ...(value === 'all' ? {} : { state: value }) })}
        />
      </div>
      <div className="card">
        <Loaded query={users}>{() => <UserList users={rows} onOpen={setOpenId} />}</Loaded>
        <LoadMore query={users} />
      </div>
      {isCreating && <CreateUserDialog onClose={() => setCreating(false)} />}
      {opened && <UserDialog user={opened} onClose={() => setOpenId(null)} />}
    </>
  );
}

function UserState({ user }: { user: UserView }) {
  const { t } = useTranslation();
  const { is_disabled: isDisabled, is_platform_admin: isAdmin } = user;
  return (
    <span className="flex flex-wrap gap-1.5">
      <Chip tone={isDisabled ? 'danger' : 'ok'} icon={isDisabled ? Ban : CircleCheck}>
        {t(`user_state.${isDisabled ? 'disabled' : 'enabled'}`)}
      </Chip>
      {isAdmin && (
        <Chip tone="accent" icon={ShieldCheck}>
          {t('users.platform_admin')}
        </Chip>
      )}
    </span>
  );
}

function UserList({ users, onOpen }: { users: readonly UserView[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  if (users.length === 0) {
    return (
      <EmptyState icon={SearchX} title={t('members.none')}>
        {t('users.none_text')}
      </EmptyState>
    );
  }
  const columns: Column<UserView>[] = [
    {
      id: 'name',
      header: t('account.username'),
      cell: ({ username, email }) => (
        <>
          <span className="block font-medium">{username}</span>
          <span className="block text-xs text-muted">{email}</span>
        </>
      ),
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: (user) => <UserState user={user} />,
    },
    {
      id: 'sign-in',
      header: t('users.sign_in'),
      isSecondary: true,
      cell: ({ has_password: hasPassword, has_totp: hasTotp }) => (
        <span className="flex items-center gap-1.5 text-muted">
          <KeyRound aria-hidden className="size-4" />
          {t(hasTotp ? 'users.two_factors' : hasPassword ? 'users.password_only' : 'users.no_password')}
        </span>
      ),
    },
    {
      id: 'seen',
      header: t('users.seen'),
      isSecondary: true,
      cell: ({ last_seen_at: at }) => <When iso={at} absent={t('common.never')} />,
    },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: ({ id, username }) => (
        <Button
          size="sm"
          aria-label={t('settings.open_of', { name: username })}
          onClick={() => onOpen(id)}
          data-testid={`user-open-${username}`}
        >
          {t('users.open')}
        </Button>
      ),
    },
  ];
  return <Table label={t('platform.users')} columns={columns} rows={users} rowKey={({ id }) => id} />;
}
