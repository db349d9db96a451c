import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AccountView } from '#contracts/people.ts';
import { answerOf, api } from '../../api/client.ts';
import { TextField } from '../../design/field.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { CopyButton } from '../../widgets/copy-button.tsx';
import { FormDialog } from '../../widgets/form-dialog.tsx';
import { QrCode } from '../../widgets/qr-code.tsx';
import { ProofField, proofOf } from './proof-field.tsx';

interface TotpSetUpDialogProps {
  account: AccountView;
  onClose: () => void;
  onDone: (recoveryCodes: string[]) => void;
}

/** Proves that it is the owner, hands the secret to their app, and is on when the app's first code is right. */
export function TotpSetUpDialog({ account, onClose, onDone }: TotpSetUpDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const start = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/account/totp', { body: proofOf(account, password) })),
  });
  const confirm = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/account/totp/confirm', { body: { code: code.trim() } })),
    onSuccess: async (answer) => {
      onDone(answer.recovery_codes);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['account'] }),
        client.invalidateQueries({ queryKey: ['sessions'] }),
      ]);
    },
  });
  if (!start.data) {
    return (
      <FormDialog
        isOpen
        onClose={onClose}
        title={t('totp.set_up')}
        description={t('totp.prove')}
        submit={t('totp.continue')}
        action={start}
        onSubmit={() => start.mutate()}
      >
        <ProofField account={account} value={password} onChange={setPassword} />
      </FormDialog>
    );
  }
  const { secret, uri } = start.data;
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('totp.set_up')}
      description={t('totp.scan')}
      submit={t('totp.turn_on')}
      action={confirm}
      onSubmit={() => confirm.mutate()}
      isBlocked={code.trim() === ''}
      testId="totp-dialog"
    >
      <Secret secret={secret} uri={uri} />
      <TextField
        label={t('login.code')}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={40}
        required
        value={code}
        onChange={(event) => setCode(event.target.value)}
        className="font-mono tracking-[0.3em]"
        data-testid="totp-code"
      />
    </FormDialog>
  );
}

/** For the camera of a phone, for typing, and for the app on this same device. */
function Secret({ secret, uri }: { secret: string; uri: string }) {
  const { t } = useTranslation();
  return (
    <>
      <QrCode text={uri} label={t('totp.qr')} className="mx-auto w-52" />
      <div>
        <p className="text-sm text-muted">{t('totp.by_hand')}</p>
        <p className="mt-1 flex items-center gap-1">
          <code className="font-mono text-sm break-all" data-testid="totp-secret">
            {secret}
          </code>
          <CopyButton text={secret} label={t('totp.copy_secret')} />
        </p>
        <a href={uri} className="text-sm text-accent hover:underline">
          {t('totp.open_app')}
        </a>
      </div>
    </>
  );
}
