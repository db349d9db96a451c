import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { HostView } from '#contracts/hosts.ts';
import { answerOf, api } from '../api/client.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { CodeBlock } from '../widgets/code-block.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';

const SHOW_KEY = 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub';

/** What the machine showed, beside how it is compared; the key that was read is the one that is confirmed. */
export function ConfirmKeyDialog({ host, onClose }: { host: HostView; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const key = host.seen_host_key ?? '';
  const confirm = useMutation({
    mutationFn: () => {
      const path = { id: host.id };
      const body = { host_key: key };
      return answerOf(api.POST('/api/v1/hosts/{id}/confirm-host-key', { params: { path }, body }));
    },
    onSuccess: async () => {
      toast(t('hosts.key_confirmed', { name: host.name }));
      onClose();
      await client.invalidateQueries({ queryKey: ['hosts'] });
    },
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      isDanger={host.host_key !== null}
      title={t('hosts.confirm_key_title', { name: host.name })}
      confirm={t('hosts.confirm_key')}
      action={confirm}
      onConfirm={() => confirm.mutate()}
    >
      <p>{t(host.host_key === null ? 'hosts.confirm_key_text' : 'hosts.confirm_changed_text')}</p>
      <CodeBlock code={key} label={t('hosts.seen_key')} copyLabel={t('hosts.copy_key')} />
      {host.host_key !== null && (
        <CodeBlock code={host.host_key} label={t('hosts.former_key')} copyLabel={t('hosts.copy_key')} />
      )}
      <p className="text-sm text-muted">{t('hosts.compare_text')}</p>
      <CodeBlock code={SHOW_KEY} label={t('hosts.compare')} copyLabel={t('hosts.copy_command')} />
    </ConfirmDialog>
  );
}
