import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Banknote, Eye, HardDrive, type LucideIcon, RefreshCw, Waypoints } from 'lucide-react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Consequence } from '../design/consequence.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import type { InstanceCommand } from './instance-commands.ts';

interface CommandDialogProps {
  command: InstanceCommand;
  instance: InstanceDetail;
  onClose: () => void;
}

interface Line {
  icon: LucideIcon;
  color: string;
  text: MessageKey;
}

const warned = { color: 'text-warn' } as const;
const plain = { color: 'text-muted' } as const;

/** What each does to money, traffic and data. `{price}` is the machine's, by the hour. */
const LINES: Record<InstanceCommand, readonly Line[]> = {
  drain: [
    { icon: Banknote, ...warned, text: 'command.drain_money' },
    { icon: Waypoints, ...warned, text: 'command.drain_traffic' },
    { icon: HardDrive, ...plain, text: 'command.drain_data' },
  ],
  resume: [
    { icon: Banknote, ...plain, text: 'command.resume_money' },
    { icon: Waypoints, color: 'text-ok', text: 'command.resume_traffic' },
  ],
  reinstall: [
    { icon: Banknote, ...warned, text: 'command.reinstall_money' },
    { icon: Waypoints, ...warned, text: 'command.reinstall_traffic' },
    { icon: RefreshCw, ...plain, text: 'command.reinstall_paths' },
  ],
  retry: [
    { icon: Banknote, ...warned, text: 'command.retry_money' },
    { icon: Waypoints, ...plain, text: 'command.retry_traffic' },
  ],
  archive: [
    { icon: Banknote, ...plain, text: 'command.archive_money' },
    { icon: Eye, ...plain, text: 'command.archive_view' },
  ],
  unarchive: [
    { icon: Banknote, ...plain, text: 'command.archive_money' },
    { icon: Eye, ...plain, text: 'command.unarchive_view' },
  ],
};

/** Asks before a command, and says what it does. The orchestrator carries it out; the page follows it live. */
export function CommandDialog({ command, instance, onClose }: CommandDialogProps) {
  const { t, format } = useTranslation();
  const client = useQueryClient();
  const order = useMutation({
    mutationFn: () =>
      answerOf(api.POST(`/api/v1/instances/{id}/${command}`, { params: { path: { id: instance.id } } })),
    onSuccess: async () => {
      toast(t(`command.${command}_done`));
      onClose();
      await client.invalidateQueries({ queryKey: ['instances'] });
    },
  });
  const price = instance.price_micros_per_hour;
  const values = {
    model: instance.model,
    price: price === null ? t('price.unknown') : `${format.unitPrice(price)}${t('unit.per_hour')}`,
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t(`command.${command}_title`, { name: instance.name })}
      testId="command-dialog"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            variant="primary"
            isBusy={order.isPending}
            data-testid="command-confirm"
            onClick={() => order.mutate()}
          >
            {t(`command.${command}`)}
          </Button>
        </>
      }
    >
      <ul className="flex flex-col gap-4 px-5 py-5">
        {LINES[command].map(({ icon: Icon, color, text }) => (
          <Consequence key={text} icon={<Icon aria-hidden className={`size-5 ${color}`} />}>
            {t(text, values)}
          </Consequence>
        ))}
      </ul>
      {order.isError && <ErrorState error={order.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
