import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { SearchX, UserPlus, UserRound } from 'lucide-react';
import { useState } from 'react';
import type { MemberView } from '#contracts/organisations.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { Select } from '../../design/field.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { LoadMore } from '../../widgets/load-more.tsx';
import { Loaded } from '../../widgets/loaded.tsx';
import { SearchField } from '../../widgets/search-field.tsx';
import { When } from '../../widgets/when.tsx';
import { useIsAllowed, useSession } from '../session.ts';
import { InvitationsCard } from './invitations-card.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { MemberRole } from './member-role.tsx';
import { type MembersPageSearch, ROLES } from './members-search.ts';
import { membersQuery } from './queries.ts';
import { RemoveMemberDialog } from './remove-member-dialog.tsx';

const FROM = '/signed-in/organisation/members';

export function MembersPage() {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const { invited, ...search } = useSearch({ from: FROM });
  const navigate = useNavigate({ from: '/organisation/members' });
  const mayInvite = useIsAllowed('members.invite') && organisation.kind === 'team';
  const members = useInfiniteQuery(membersQuery(search));
  const [isInviting, setInviting] = useState(false);
  const change = (part: { [K in keyof MembersPageSearch]?: MembersPageSearch[K] | undefined }) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(Object.entries({ ...old, ...part }).filter(([, value]) => value !== undefined)),
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <PageHeader
        title={t('org.members')}
        description={t(organisation.kind === 'team' ? 'members.text' : 'members.personal')}
        actions={
          mayInvite && (
            <Button
              variant="primary"
              icon={<UserPlus aria-hidden className="size-4" />}
              onClick={() => setInviting(true)}
              data-testid="invite"
            >
              {t('members.invite')}
            </Button>
          )
        }
      />
      <div className="flex flex-col gap-5">
        <div className="flex flex-wrap items-center gap-3">
          <SearchField label={t('members.find')} value={search.q} onFind={(q) => change({ q })} />
          <Select
            aria-label={t('members.role')}
            className="w-full sm:w-48"
            value={search.role ?? ''}
            onChange={(event) => change({ role: ROLES.find((role) => role === event.target.value) })}
          >
            <option value="">{t('members.all_roles')}</option>
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t(`role.${role}`)}
              </option>
            ))}
          </Select>
          {members.data && (
            <span className="tabular text-sm text-muted sm:ml-auto" role="status">
              {t('members.count', { count: members.data.pages[0]?.total ?? 0 })}
            </span>
          )}
        </div>
        <Card isFlush title={t('org.members')}>
          <Loaded query={members}>
            {(data) => <MemberList members={data.pages.flatMap((page) => page.data)} />}
          </Loaded>
          <LoadMore query={members} />
        </Card>
        {mayInvite && <InvitationsCard state={invited} onState={(state) => change({ invited: state })} />}
      </div>
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

function MemberList({ members }: { members: readonly MemberView[] }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const [leaving, setLeaving] = useState<MemberView | null>(null);
  if (members.length === 0) {
    return (
      <EmptyState icon={SearchX} title={t('members.none')}>
        {t('members.none_text')}
      </EmptyState>
    );
  }
  const columns: Column<MemberView>[] = [
    {
      id: 'name',
      header: t('account.username'),
      cell: (member) => (
        <span className="flex items-center gap-2.5">
          <UserRound aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="min-w-0">
            <span className="block font-medium">
              {member.username}
              {member.user_id === user.id && <span className="text-muted"> · {t('members.you')}</span>}
            </span>
            {member.email !== null && <span className="block text-xs text-muted">{member.email}</span>}
          </span>
        </span>
      ),
    },
    { id: 'role', header: t('members.role'), cell: (member) => <MemberRole member={member} /> },
    {
      id: 'joined',
      header: t('members.joined'),
      isSecondary: true,
      cell: (member) => <When iso={member.joined_at} />,
    },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (member) =>
        member.may_remove && (
          <Button
            size="sm"
            variant="ghost"
            className="text-danger!"
            aria-label={
              member.user_id === user.id ? undefined : t('members.remove_of', { name: member.username })
            }
            onClick={() => setLeaving(member)}
            data-testid={`member-remove-${member.username}`}
          >
            {t(member.user_id === user.id ? 'members.leave' : 'members.remove')}
          </Button>
        ),
    },
  ];
  return (
    <>
      <Table label={t('org.members')} columns={columns} rows={members} rowKey={(member) => member.user_id} />
      {leaving && <RemoveMemberDialog member={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}
