import { newPasswordSchema } from '#contracts/people.ts';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

interface NewPasswordFieldsProps {
  password: string;
  repeated: string;
  isChecked: boolean;
  onPassword: (text: string) => void;
  onRepeated: (text: string) => void;
}

export function isNewPassword(password: string, repeated: string): boolean {
  return newPasswordSchema.safeParse(password).success && password === repeated;
}

/** A new password, twice: length is what counts, so nothing else is demanded of it. */
export function NewPasswordFields(props: NewPasswordFieldsProps) {
  const { password, repeated, isChecked, onPassword, onRepeated } = props;
  const { t } = useTranslation();
  const isShort = isChecked && !newPasswordSchema.safeParse(password).success;
  const isOther = isChecked && !isShort && password !== repeated;
  return (
    <>
      <TextField
        label={t('password.new')}
        hint={t('password.rule')}
        error={isShort ? t('password.rule') : undefined}
        type="password"
        autoComplete="new-password"
        maxLength={1024}
        required
        value={password}
        onChange={(event) => onPassword(event.target.value)}
        data-testid="new-password"
      />
      <TextField
        label={t('password.repeat')}
        error={isOther ? t('password.differs') : undefined}
        type="password"
        autoComplete="new-password"
        maxLength={1024}
        required
        value={repeated}
        onChange={(event) => onRepeated(event.target.value)}
        data-testid="new-password-again"
      />
    </>
  );
}
