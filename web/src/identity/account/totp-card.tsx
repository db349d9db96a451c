import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ShieldCheck, ShieldOff } from 'lucide-react';
import { useState } from 'react';
import type { AccountView } from '#contracts/people.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { Chip } from '../../design/chip.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { FormDialog } from '../../widgets/form-dialog.tsx';
import { ProofField, proofOf } from './proof-field.tsx';
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx';
import { TotpSetUpDialog } from './totp-set-up-dialog.tsx';

const CODES_FEW = 3;

/** One-time codes: off, being set up, or on, with how many codes are left for the day the device is lost. */
export function TotpCard({ account }: { account: AccountView }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'set-up' | 'codes' | 'stop' | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const { is_on: isOn, recovery_codes_left: left } = account.totp;
  const close = () => setOpen(null);
  const showCodes = (made: readonly string[]) => {
    close();
    setCodes(made);
  };
  return (
    <Card
      title={t('totp.title')}
      note={
        <Chip tone={isOn ? 'ok' : 'neutral'} icon={isOn ? ShieldCheck : ShieldOff} testId="totp-state">
          {t(isOn ? 'totp.on' : 'totp.off')}
        </Chip>
      }
    >
      <p className="text-muted">{t('totp.text')}</p>
      {isOn && (
        <p className={left < CODES_FEW ? 'mt-2 text-warn' : 'mt-2'}>
          {t('totp.codes_left', { count: left })}
        </p>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        {!isOn && (
          <Button onClick={() => setOpen('set-up')} data-testid="totp-set-up">
            {t('totp.set_up')}
          </Button>
        )}
        {isOn && <Button onClick={() => setOpen('codes')}>{t('totp.new_codes')}</Button>}
        {isOn && (
          <Button variant="ghost" className="text-danger!" onClick={() => setOpen('stop')}>
            {t('totp.stop')}
          </Button>
        )}
      </div>
      {open === 'set-up' && <TotpSetUpDialog account={account} onClose={close} onDone={showCodes} />}
      {open === 'codes' && <NewCodesDialog account={account} onClose={close} onDone={showCodes} />}
      {open === 'stop' && <StopDialog account={account} onClose={close} />}
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </Card>
  );
}

interface TotpDialogProps {
  account: AccountView;
  onClose: () => void;
}

function NewCodesDialog({
  account,
  onClose,
  onDone,
}: TotpDialogProps & { onDone: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const renew = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/account/totp/recovery-codes', { body: proofOf(account, password) })),
    onSuccess: async (answer) => {
      onDone(answer.recovery_codes);
      await client.invalidateQueries({ queryKey: ['account'] });
    },
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('totp.new_codes')}
      description={t('totp.new_codes_text')}
      submit={t('totp.new_codes')}
      action={renew}
      onSubmit={() => renew.mutate()}
    >
      <ProofField account={account} value={password} onChange={setPassword} />
    </FormDialog>
  );
}

function StopDialog({ account, onClose }: TotpDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const stop = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/account/totp/stop', { body: proofOf(account, password) })),
    onSuccess: async () => {
      toast(t('totp.stopped'));
      onClose();
      await client.invalidateQueries({ queryKey: ['account'] });
    },
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('totp.stop')}
      description={t('totp.stop_text')}
      submit={t('totp.stop')}
      action={stop}
      onSubmit={() => stop.mutate()}
    >
      <ProofField account={account} value={password} onChange={setPassword} />
    </FormDialog>
  );
}
