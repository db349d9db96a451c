import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck, CircleX, Clock, type LucideIcon, Send } from 'lucide-react';
import { useState } from 'react';
import type { DeliveryState } from '#contracts/webhooks.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';
import { STATES } from './deliveries-search.ts';
import { DeliveryDialog } from './delivery-dialog.tsx';
import { deliveriesQuery } from './queries.ts';

export const DELIVERY_LOOKS: Record<DeliveryState, { tone: Tone; icon: LucideIcon }> = {
  pending: { tone: 'info', icon: Clock },
  delivered: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
};

interface Delivery {
  id: string;
  event_id: string;
  event_type: string;
  state: DeliveryState;
  attempts: number;
  next_attempt_at: string | null;
  last_status: number | null;
  last_error: string | null;
  created_at: string;
}

/** What was sent, what waits, and what was given up; each opens with what was sent and what came back. */
export function Deliveries({ webhookId, mayWrite }: { webhookId: string; mayWrite: boolean }) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/organisation/webhooks/$id' });
  const navigate = useNavigate({ from: '/organisation/webhooks/$id' });
  const client = useQueryClient();
  const headerFor = useOrderKey();
  const deliveries = useInfiniteQuery(deliveriesQuery(webhookId, search));
  const [open, setOpen] = useState<string | null>(null);
  const resendFailed = useMutation({
    mutationFn: () => {
      const params = { path: { id: webhookId }, header: headerFor(Date.now()) };
      return answerOf(api.POST('/api/v1/webhooks/{id}/resend-failed', { params }));
    },
    onSuccess: ({ resent }) => toast(t('delivery.resent_count', { count: resent })),
    onSettled: () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
  const state = search.state ?? 'all';
  return (
    <Card
      isFlush
      title={t('delivery.title')}
      note={deliveries.data && <span className="tabular">{deliveries.data.pages[0]?.total}</span>}
      actions={
        <span className="flex flex-wrap items-center gap-2">
          {mayWrite && search.state === 'failed' && (
            <Button size="sm" isBusy={resendFailed.isPending} onClick={() => resendFailed.mutate()}>
              {t('delivery.resend_failed')}
            </Button>
          )}
          <Segmented
            label={t('delivery.show')}
            value={state}
            options={(['all', ...STATES] as const).map((value) => ({
              value,
              label: t(value === 'all' ? 'common.all' : `delivery_state.${value}`),
            }))}
            onChange={(value) =>
              void navigate({
                search: value === 'all' ? {} : { state: value },
                replace: true,
                resetScroll: false,
              })
            }
          />
        </span>
      }
    >
      {resendFailed.isError && <ErrorState error={resendFailed.error} className="mx-4 mb-4" />}
      <Loaded query={deliveries}>
        {(data) => <DeliveryList deliveries={data.pages.flatMap((page) => page.data)} onOpen={setOpen} />}
      </Loaded>
      <LoadMore query={deliveries} />
      {open !== null && (
        <DeliveryDialog
          webhookId={webhookId}
          deliveryId={open}
          mayWrite={mayWrite}
          onClose={() => setOpen(null)}
        />
      )}
    </Card>
  );
}

interface DeliveryListProps {
  deliveries: readonly Delivery[];
  onOpen: (id: string) => void;
}

function DeliveryList({ deliveries, onOpen }: DeliveryListProps) {
  const { t } = useTranslation();
  if (deliveries.length === 0) {
    return (
      <EmptyState icon={Send} title={t('delivery.none')}>
        {t('delivery.none_text')}
      </EmptyState>
    );
  }
  const columns: Column<Delivery>[] = [
    {
      id: 'event',
      header: t('delivery.event'),
      cell: ({ id, event_type: type }) => (
        <button
          type="button"
          className="rounded-sm text-left font-mono text-xs text-accent hover:underline"
          onClick={() => onOpen(id)}
          data-testid={`delivery-${type}`}
        >
          {type}
        </button>
      ),
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state }) => (
        <Chip {...DELIVERY_LOOKS[state]} testId="delivery-state">
          {t(`delivery_state.${state}`)}
        </Chip>
      ),
    },
    { id: 'created', header: t('chart.time'), cell: ({ created_at: at }) => <When iso={at} /> },
    {
      id: 'attempts',
      header: t('delivery.attempts'),
      align: 'end',
      isSecondary: true,
      cell: ({ attempts }) => attempts,
    },
    {
      id: 'answer',
      header: t('delivery.answer'),
      isSecondary: true,
      cell: ({ last_status: status, last_error: error }) => (
        <span className="text-sm break-words text-muted">{status ?? error ?? '–'}</span>
      ),
    },
  ];
  return <Table label={t('delivery.title')} columns={columns} rows={deliveries} rowKey={({ id }) => id} />;
}
