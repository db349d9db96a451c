import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Banknote, RefreshCw, Waypoints } from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Consequence } from '../design/consequence.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { CommandDialog } from './command-dialog.tsx';
import { instanceQuery } from './queries.ts';
import { TermsDialog } from './terms-dialog.tsx';
import type { Worker } from './workers-page.tsx';
import { termsQuery } from './workers-query.ts';

interface WorkerLayerProps {
  kind: 'reinstall' | 'revoke' | 'terms';
  worker: Worker;
  onClose: () => void;
}

/** What is asked about one worker before it is done. */
export function WorkerLayer({ kind, worker, onClose }: WorkerLayerProps) {
  if (kind === 'revoke') return <RevokeDialog worker={worker} onClose={onClose} />;
  if (kind === 'terms') return <Terms worker={worker} onClose={onClose} />;
  return <Reinstall worker={worker} onClose={onClose} />;
}

type PartProps = Omit<WorkerLayerProps, 'kind'>;

function Reinstall({ worker, onClose }: PartProps) {
  const instance = useQuery(instanceQuery(worker.instance_id));
  if (instance.data) return <CommandDialog command="reinstall" instance={instance.data} onClose={onClose} />;
  return <Waiting name={worker.instance} error={instance.error} onClose={onClose} />;
}

function Terms({ worker, onClose }: PartProps) {
  const terms = useQuery(termsQuery(worker.instance_id));
  if (terms.data) {
    return (
      <TermsDialog
        instanceId={worker.instance_id}
        name={worker.instance}
        terms={terms.data}
        onClose={onClose}
      />
    );
  }
  return <Waiting name={worker.instance} error={terms.error} onClose={onClose} />;
}

function Waiting({ name, error, onClose }: { name: string; error: unknown; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog isOpen onClose={onClose} title={name}>
      {error ? <ErrorState error={error} className="m-5" /> : <SkeletonRows label={t('common.loading')} />}
    </Dialog>
  );
}

function RevokeDialog({ worker, onClose }: PartProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const order = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/workers/{id}/revoke', { params: { path: { id: worker.instance_id } } })),
    onSuccess: async () => {
      toast(t('workers.revoked_done', { name: worker.instance }));
      onClose();
      await client.invalidateQueries({ queryKey: ['instances'] });
    },
  });
  const lines = [
    { icon: Banknote, text: 'workers.revoke_money' },
    { icon: Waypoints, text: 'workers.revoke_traffic' },
    { icon: RefreshCw, text: 'workers.revoke_way_back' },
  ] as const;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('workers.revoke_title', { name: worker.instance })}
      testId="revoke-dialog"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            variant="danger"
            isBusy={order.isPending}
            data-testid="revoke-confirm"
            onClick={() => order.mutate()}
          >
            {t('workers.revoke')}
          </Button>
        </>
      }
    >
      <ul className="flex flex-col gap-4 px-5 py-5">
        {lines.map(({ icon: Icon, text }) => (
          <Consequence key={text} icon={<Icon aria-hidden className="size-5 text-warn" />}>
            {t(text)}
          </Consequence>
        ))}
      </ul>
      {order.isError && <ErrorState error={order.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
