import type { AccountView } from '#contracts/people.ts';
import { TextField } from '../../design/field.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';

interface ProofFieldProps {
  account: Pick<AccountView, 'has_password'>;
  value: string;
  onChange: (password: string) => void;
}

/** That it is really the owner who changes how they sign in. Who has no password signed in a moment ago instead. */
export function ProofField({ account, value, onChange }: ProofFieldProps) {
  const { t } = useTranslation();
  if (!account.has_password) return <p className="text-sm text-muted">{t('account.proof_recent')}</p>;
  return (
    <TextField
      label={t('account.present_password')}
      hint={t('account.proof_hint')}
      type="password"
      autoComplete="current-password"
      maxLength={1024}
      required
      value={value}
      onChange={(event) => onChange(event.target.value)}
      data-testid="present-password"
    />
  );
}

/** As the api takes it: nothing where there is no password. */
export function proofOf(account: Pick<AccountView, 'has_password'>, password: string): { password?: string } {
  return account.has_password ? { password } : {};
}
