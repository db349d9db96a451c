import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createUserSchema, type Language } from '#contracts/people.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { CheckField, SelectField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { checkFields } from '../widgets/check-fields.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';

interface Wish {
  username: string;
  email: string;
  language: Language;
  is_platform_admin: boolean;
}

/** Makes an account; its owner sets the password by a mailed link, so nobody else ever knows it. */
export function CreateUserDialog({ onClose }: { onClose: () => void }) {
  const { t, language: current } = useTranslation();
  const [wish, setWish] = useState<Wish>({
    username: '',
    email: '',
    language: current,
    is_platform_admin: false,
  });
  const [isChecked, setChecked] = useState(false);
  const { data, wrong } = checkFields(createUserSchema, {
    ...wish,
    username: wish.username.trim(),
    email: wish.email.trim(),
  });
  const create = useCreateUser(onClose);
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('users.create')}
      description={t('users.create_text')}
      submit={t('users.create')}
      action={create}
      onSubmit={() => {
        setChecked(true);
        if (data) create.mutate(data);
      }}
    >
      <TextField
        label={t('account.username')}
        error={isChecked && wrong.has('username') ? t('account.username_rule') : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={60}
        required
        autoFocus
        value={wish.username}
        onChange={(event) => setWish({ ...wish, username: event.target.value })}
        data-testid="user-name"
      />
      <TextField
        label={t('account.email')}
        error={isChecked && wrong.has('email') ? t('account.email_rule') : undefined}
        type="email"
        autoComplete="off"
        maxLength={254}
        required
        value={wish.email}
        onChange={(event) => setWish({ ...wish, email: event.target.value })}
        data-testid="user-email"
      />
      <SelectField
        label={t('account.language')}
        value={wish.language}
        onChange={(event) => setWish({ ...wish, language: event.target.value as Language })}
      >
        <option value="en">English</option>
        <option value="fr">Français</option>
      </SelectField>
      <CheckField
        label={t('users.platform_admin')}
        hint={t('users.platform_admin_hint')}
        checked={wish.is_platform_admin}
        onChange={(event) => setWish({ ...wish, is_platform_admin: event.target.checked })}
      />
    </FormDialog>
  );
}

function useCreateUser(onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: (body: Wish) =>
      answerOf(api.POST('/api/v1/users', { params: { header: headerFor(body) }, body })),
    onSuccess: async ({ email }) => {
      toast(t('account.password_link_sent', { email }));
      onDone();
      await client.invalidateQueries({ queryKey: ['users'] });
    },
  });
}
