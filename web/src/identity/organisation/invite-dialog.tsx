import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createInvitationSchema } from '#contracts/organisations.ts';
import { type OrganisationRole, ROLES_GIVEN } from '#contracts/roles.ts';
import { answerOf, api } from '../../api/client.ts';
import { useOrderKey } from '../../api/order-key.ts';
import { SelectField, TextField } from '../../design/field.tsx';
import type { Language } from '../../i18n/i18n.ts';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { checkFields } from '../../widgets/check-fields.ts';
import { FormDialog } from '../../widgets/form-dialog.tsx';
import { useSession } from '../session.ts';

/** Invites somebody by a link in a mail. The link is in no answer: only who reads that mailbox has it. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t, language: current } = useTranslation();
  const { organisation } = useSession();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<OrganisationRole>('user');
  const [language, setLanguage] = useState<Language>(current);
  const [isChecked, setChecked] = useState(false);
  const { data: body } = checkFields(createInvitationSchema, { email: email.trim(), role, language });
  const invite = useInvite(onClose);
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('members.invite')}
      description={t('invite.text')}
      submit={t('invite.send')}
      action={invite}
      onSubmit={() => {
        setChecked(true);
        if (body) invite.mutate(body);
      }}
      testId="invite-dialog"
    >
      <TextField
        label={t('account.email')}
        error={isChecked && !body ? t('account.email_rule') : undefined}
        type="email"
        autoComplete="off"
        maxLength={255}
        required
        autoFocus
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        data-testid="invite-email"
      />
      <SelectField
        label={t('members.role')}
        hint={t(`role_text.${role}`)}
        value={role}
        onChange={(event) => setRole(event.target.value as OrganisationRole)}
        data-testid="invite-role"
      >
        {ROLES_GIVEN[organisation.role].map((value) => (
          <option key={value} value={value}>
            {t(`role.${value}`)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('invite.language')}
        value={language}
        onChange={(event) => setLanguage(event.target.value as Language)}
      >
        <option value="en">English</option>
        <option value="fr">Français</option>
      </SelectField>
    </FormDialog>
  );
}

function useInvite(onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: (wanted: { email: string; role: OrganisationRole; language: Language }) => {
      const header = headerFor(wanted);
      return answerOf(api.POST('/api/v1/organisation/invitations', { params: { header }, body: wanted }));
    },
    onSuccess: async (invitation) => {
      toast(t('invite.sent', { email: invitation.email }));
      onDone();
      await client.invalidateQueries({ queryKey: ['invitations'] });
    },
  });
}
