import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { MemberView } from '#contracts/organisations.ts';
import type { OrganisationRole } from '#contracts/roles.ts';
import { answerOf, api } from '../../api/client.ts';
import { describeProblem } from '../../api/describe-problem.ts';
import { Select } from '../../design/field.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { ROLES } from './members-search.ts';

/** The role of a member: a word, or a choice for whom it may be changed by. */
export function MemberRole({ member }: { member: MemberView }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (role: OrganisationRole) =>
      answerOf(
        api.PATCH('/api/v1/organisation/members/{user_id}', {
          params: { path: { user_id: member.user_id } },
          body: { role },
        }),
      ),
    onSuccess: (_, role) =>
      toast(t('members.role_changed', { name: member.username, role: t(`role.${role}`) })),
    onSettled: () => client.invalidateQueries({ queryKey: ['members'] }),
  });
  if (member.may_become.length === 0) return t(`role.${member.role}`);
  const offered = ROLES.filter((role) => role === member.role || member.may_become.includes(role));
  return (
    <div className="w-40">
      <Select
        aria-label={t('members.role_of', { name: member.username })}
        value={change.isPending ? change.variables : member.role}
        disabled={change.isPending}
        onChange={(event) => {
          const role = offered.find((value) => value === event.target.value);
          if (role) change.mutate(role);
        }}
        data-testid={`member-role-${member.username}`}
      >
        {offered.map((role) => (
          <option key={role} value={role}>
            {t(`role.${role}`)}
          </option>
        ))}
      </Select>
      {change.isError && (
        <p role="alert" className="mt-1 text-xs whitespace-normal text-danger">
          {describeProblem(change.error, t).title}
        </p>
      )}
    </div>
  );
}
