import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MailQuestion } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { type AccountView, emailSchema, type Language, usernameSchema } from '#contracts/people.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { SelectField, TextField } from '../../design/field.tsx';
import { chooseLanguage } from '../../i18n/i18n.ts';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { ProofField, proofOf } from './proof-field.tsx';

interface Change {
  username?: string;
  email?: string;
  language?: Language;
  password?: string;
}

export function ProfileCard({ account }: { account: AccountView }) {
  const { t } = useTranslation();
  const [username, setUsername] = useState(account.username);
  const [email, setEmail] = useState(account.email);
  const [language, setLanguage] = useState<Language>(account.language);
  const [password, setPassword] = useState('');
  const isOtherAddress = email.trim() !== account.email;
  const isNameRight = usernameSchema.safeParse(username.trim()).success;
  const isAddressRight = emailSchema.safeParse(email.trim()).success;
  const isSame = username.trim() === account.username && !isOtherAddress && language === account.language;
  const change = useProfileChange(isOtherAddress, (view) => {
    setEmail(view.email);
    setPassword('');
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({
      username: username.trim(),
      language,
      ...(isOtherAddress ? { email: email.trim(), ...proofOf(account, password) } : {}),
    });
  };
  return (
    <Card title={t('account.profile')}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={t('account.username')}
            error={isNameRight ? undefined : t('account.username_rule')}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={60}
            required
            value={username}
            onChange={(event) => setUsername(event.target.value)}
            data-testid="account-username"
          />
          <LanguageField value={language} onChange={setLanguage} />
          <TextField
            label={t('account.email')}
            error={isAddressRight ? undefined : t('account.email_rule')}
            type="email"
            autoComplete="email"
            maxLength={254}
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            data-testid="account-email"
          />
          {isOtherAddress && <ProofField account={account} value={password} onChange={setPassword} />}
        </div>
        <PendingAddress email={account.pending_email} />
        {change.isError && <ErrorState error={change.error} />}
        <Button
          type="submit"
          variant="primary"
          className="w-fit"
          isBusy={change.isPending}
          disabled={isSame || !isNameRight || !isAddressRight}
          data-testid="account-save"
        >
          {t('common.save')}
        </Button>
      </form>
    </Card>
  );
}

function useProfileChange(isOtherAddress: boolean, onSaved: (view: AccountView) => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Change) => answerOf(api.PATCH('/api/v1/account', { body })),
    onSuccess: async (view) => {
      toast(t(isOtherAddress ? 'account.confirm_sent' : 'common.saved'));
      onSaved(view);
      await chooseLanguage(view.language);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['account'] }),
        client.invalidateQueries({ queryKey: ['session'] }),
      ]);
    },
  });
}

/** An address that counts only when the link in its mail was opened. */
function PendingAddress({ email }: { email: string | null }) {
  const { t } = useTranslation();
  if (email === null) return null;
  return (
    <p className="flex gap-2.5 text-sm" role="status">
      <MailQuestion aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      {t('account.pending_email', { email })}
    </p>
  );
}

function LanguageField({ value, onChange }: { value: Language; onChange: (language: Language) => void }) {
  const { t } = useTranslation();
  return (
    <SelectField
      label={t('account.language')}
      hint={t('account.language_hint')}
      value={value}
      onChange={(event) => onChange(event.target.value as Language)}
    >
      <option value="en">English</option>
      <option value="fr">Français</option>
    </SelectField>
  );
}
