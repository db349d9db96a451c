import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { CodeBlock } from '../widgets/code-block.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';
import { DELIVERY_LOOKS } from './deliveries.tsx';
import { deliveryQuery } from './queries.ts';

interface DeliveryDialogProps {
  webhookId: string;
  deliveryId: string;
  mayWrite: boolean;
  onClose: () => void;
}

/** What was sent, exactly, and how each attempt ended. Sent again, it has the same id: receivers know it. */
export function DeliveryDialog({ webhookId, deliveryId, mayWrite, onClose }: DeliveryDialogProps) {
  const { t, format } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  const delivery = useQuery(deliveryQuery(webhookId, deliveryId));
  const resend = useMutation({
    mutationFn: () => {
      const path = { id: webhookId, delivery_id: deliveryId };
      const params = { path, header: headerFor(Date.now()) };
      return answerOf(api.POST('/api/v1/webhooks/{id}/deliveries/{delivery_id}/resend', { params }));
    },
    onSuccess: () => toast(t('delivery.resent')),
    onSettled: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="md"
      title={delivery.data?.event_type ?? t('delivery.one')}
      description={delivery.data && <code className="font-mono text-xs">{delivery.data.event_id}</code>}
      testId="delivery-dialog"
      footer={
        mayWrite && (
          <Button isBusy={resend.isPending} onClick={() => resend.mutate()} data-testid="delivery-resend">
            {t('delivery.resend')}
          </Button>
        )
      }
    >
      <Loaded query={delivery}>
        {({ state, body, attempt_log: attempts, next_attempt_at: next }) => (
          <div className="flex flex-col gap-4 px-5 py-5">
            <p className="flex flex-wrap items-center gap-2">
              <Chip {...DELIVERY_LOOKS[state]}>{t(`delivery_state.${state}`)}</Chip>
              {next !== null && (
                <span className="text-sm text-muted">
                  {t('delivery.next')} <When iso={next} />
                </span>
              )}
            </p>
            {resend.isError && <ErrorState error={resend.error} />}
            <section>
              <h3 className="mb-1.5 text-sm font-semibold">{t('delivery.attempts')}</h3>
              {attempts.length === 0 && <p className="text-sm text-muted">{t('delivery.not_tried')}</p>}
              <ol className="flex flex-col gap-2 text-sm">
                {attempts.map(({ number, at, duration_ms: duration, status, error, answer }) => (
                  <li key={`${number} ${at}`}>
                    <span className="font-medium">{status ?? error ?? '–'}</span>
                    <span className="text-muted">
                      {' '}
                      · <When iso={at} /> · {format.duration(duration)}
                    </span>
                    {status !== null && error !== null && <span className="block text-muted">{error}</span>}
                    {answer !== null && answer !== '' && (
                      <code className="block font-mono text-xs break-all text-muted">{answer}</code>
                    )}
                  </li>
                ))}
              </ol>
            </section>
            <CodeBlock code={pretty(body)} label={t('delivery.body')} copyLabel={t('delivery.copy_body')} />
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
