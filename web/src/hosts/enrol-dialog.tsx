import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { CodeBlock } from '../widgets/code-block.tsx';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { type HostPrice, readPrice } from './host-price.ts';
import { enrolmentsQuery, hostsQuery } from './queries.ts';

interface Made {
  id: string;
  command: string | null;
}

/** A command for a machine that nobody can dial; then what becomes of it, until the machine is there. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  return made ? (
    <CommandDialog made={made} onClose={onClose} />
  ) : (
    <WishDialog onMade={setMade} onClose={onClose} />
  );
}

function WishDialog({ onMade, onClose }: { onMade: (made: Made) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  const [name, setName] = useState('');
  const [price, setPrice] = useState('0');
  const [isChecked, setChecked] = useState(false);
  const read = readPrice(price);
  const create = useMutation({
    mutationFn: (body: { name: string | null; price: HostPrice | null }) => {
      const header = headerFor(body);
      return answerOf(api.POST('/api/v1/host-enrolments', { params: { header }, body }));
    },
    onSuccess: async (answer) => {
      onMade(answer);
      await client.invalidateQueries({ queryKey: ['host-enrolments'] });
    },
  });
  const submit = () => {
    setChecked(true);
    if (read === undefined) return;
    create.mutate({ name: name.trim() === '' ? null : name.trim(), price: read });
  };
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('hosts.enrol_title')}
      description={t('hosts.enrol_text')}
      submit={t('hosts.enrol_submit')}
      action={create}
      onSubmit={submit}
      testId="enrol-dialog"
    >
      <TextField
        label={t('hosts.name')}
        hint={t('hosts.enrol_name_hint')}
        value={name}
        maxLength={100}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        data-testid="enrol-name"
      />
      <PriceField
        value={price}
        error={isChecked && read === undefined ? t('hosts.price_wrong') : undefined}
        onChange={setPrice}
      />
    </FormDialog>
  );
}

interface PriceFieldProps {
  value: string;
  error: string | undefined;
  onChange: (typed: string) => void;
}

export function PriceField({ value, error, onChange }: PriceFieldProps) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t('hosts.price_field')}
      hint={t('hosts.price_hint')}
      error={error}
      inputMode="decimal"
      autoComplete="off"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function CommandDialog({ made, onClose }: { made: Made; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="md"
      title={t('hosts.command_title')}
      testId="enrol-command"
      footer={
        <Button variant="primary" onClick={onClose} data-testid="enrol-close">
          {t('common.close')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4 px-5 py-5">
        <p>{t(made.command === null ? 'hosts.command_lost' : 'hosts.command_text')}</p>
        {made.command !== null && (
          <CodeBlock
            code={made.command}
            label={t('hosts.command')}
            copyLabel={t('hosts.copy_command')}
            testId="enrol-command-text"
          />
        )}
        <Progress id={made.id} />
        <p className="text-sm text-muted">{t('hosts.command_note')}</p>
      </div>
    </Dialog>
  );
}

/** Told as it happens: the machine appears here without a reload. */
function Progress({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: enrolments = [] } = useQuery(enrolmentsQuery);
  const { data: hosts = [] } = useQuery(hostsQuery);
  const enrolment = enrolments.find((one) => one.id === id);
  const host = hosts.find((one) => one.id === enrolment?.host_id);
  const line = 'flex items-center gap-2.5 rounded-lg border border-border bg-surface p-3';
  if (host) {
    return (
      <p className={line} role="status" data-testid="enrol-arrived">
        <CircleCheck aria-hidden className="size-5 shrink-0 text-ok" />
        {t('hosts.arrived', { name: host.name, state: t(`host_state.${host.state}`) })}
      </p>
    );
  }
  const isOver = enrolment?.state === 'expired' || enrolment?.state === 'revoked';
  return (
    <p className={line} role="status" data-testid="enrol-waiting">
      {isOver ? (
        <TriangleAlert aria-hidden className="size-5 shrink-0 text-warn" />
      ) : (
        <LoaderCircle aria-hidden className="size-5 shrink-0 text-muted motion-safe:animate-spin" />
      )}
      {t(isOver ? 'hosts.command_over' : 'hosts.waiting')}
    </p>
  );
}
