import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { HostView } from '#contracts/hosts.ts';
import { answerOf, api } from '../api/client.ts';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { CodeBlock } from '../widgets/code-block.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';

const OFF_COMMAND = 'sudo /opt/inventiv-host/inventiv-host uninstall';

interface HostDialogProps {
  host: HostView;
  onClose: () => void;
}

/** Forgotten here; what it means for the machine depends on how it is reached. */
export function RemoveHostDialog({ host, onClose }: HostDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/hosts/{id}', { params: { path: { id: host.id } } })),
    onSuccess: async () => {
      toast(t('hosts.removed', { name: host.name }));
      onClose();
      await client.invalidateQueries({ queryKey: ['hosts'] });
    },
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('hosts.remove_title', { name: host.name })}
      confirm={t('hosts.remove')}
      action={remove}
      onConfirm={() => remove.mutate()}
      testId="remove-dialog"
    >
      <p>{t(host.reached_by === 'ssh' ? 'hosts.remove_ssh_text' : 'hosts.remove_agent_text')}</p>
      {host.reached_by === 'agent' && (
        <CodeBlock code={OFF_COMMAND} label={t('hosts.off_command')} copyLabel={t('hosts.copy_command')} />
      )}
    </ConfirmDialog>
  );
}

/** For a machine that cannot be asked any more: its name is typed, as proof that it is meant. */
export function ReleaseDialog({ host, onClose }: HostDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const release = useMutation({
    mutationFn: () => {
      const path = { id: host.id };
      return answerOf(api.POST('/api/v1/hosts/{id}/release', { params: { path }, body: { confirm: typed } }));
    },
    onSuccess: async () => {
      toast(t('hosts.released', { name: host.name }));
      onClose();
      await client.invalidateQueries({ queryKey: ['hosts'] });
    },
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('hosts.release_title', { name: host.name })}
      confirm={t('hosts.release')}
      action={release}
      isBlocked={typed !== host.name}
      onConfirm={() => release.mutate()}
    >
      <p>{t('hosts.release_text')}</p>
      <TextField
        label={t('hosts.release_name', { name: host.name })}
        value={typed}
        autoComplete="off"
        onChange={(event) => setTyped(event.target.value)}
      />
    </ConfirmDialog>
  );
}
