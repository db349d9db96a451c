import { type FormEvent, useState } from 'react';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

interface CodeFormProps {
  error: unknown;
  isBusy: boolean;
  onSend: (code: string) => void;
  onBack: () => void;
}

/** The second factor: six digits, or one of the codes kept for the day the device is lost. */
export function CodeForm({ error, isBusy, onSend, onBack }: CodeFormProps) {
  const { t } = useTranslation();
  const [isRecovery, setRecovery] = useState(false);
  const [code, setCode] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend(code.trim());
  };
  const change = () => {
    setRecovery(!isRecovery);
    setCode('');
  };
  return (
    <form onSubmit={submit} className="card flex flex-col gap-4 p-6" data-testid="code-form">
      <TextField
        key={String(isRecovery)}
        label={t(isRecovery ? 'login.recovery_code' : 'login.code')}
        name="code"
        inputMode={isRecovery ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={40}
        required
        autoFocus
        value={code}
        onChange={(event) => setCode(event.target.value)}
        className={isRecovery ? 'font-mono' : 'text-center font-mono text-xl! tracking-[0.3em]'}
        data-testid="login-code"
      />
      {error !== null && <ErrorState error={error} />}
      <Button variant="primary" size="lg" type="submit" isBusy={isBusy} data-testid="login-code-submit">
        {t('login.submit')}
      </Button>
      <div className="flex flex-wrap justify-between gap-2">
        <Button size="sm" variant="ghost" onClick={onBack}>
          {t('common.back')}
        </Button>
        <Button size="sm" variant="ghost" onClick={change}>
          {t(isRecovery ? 'login.use_code' : 'login.use_recovery')}
        </Button>
      </div>
    </form>
  );
}
