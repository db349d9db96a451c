import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ChevronLeft, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { WebhookView } from '#contracts/webhooks.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { toast } from '../shell/toaster.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';
import { Deliveries } from './deliveries.tsx';
import { webhookQuery } from './queries.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';
import { WebhookStatus } from './webhook-status.tsx';

/** One webhook: what it is told of, its secret, and everything that was sent to it. */
export function WebhookPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/signed-in/organisation/webhooks/$id' });
  const webhook = useQuery(webhookQuery(id));
  return (
    <>
      <Link
        to="/organisation/webhooks"
        className="mb-3 -ml-1 inline-flex h-7 w-fit items-center gap-1 rounded-sm pr-2 text-sm text-muted hover:text-text"
      >
        <ChevronLeft aria-hidden className="size-4" />
        {t('org.webhooks')}
      </Link>
      {!webhook.data && <PageHeader title={t('webhook.one')} />}
      <Loaded query={webhook}>{(view) => <Content webhook={view} />}</Loaded>
    </>
  );
}

function Content({ webhook }: { webhook: WebhookView }) {
  const { t } = useTranslation();
  const mayWrite = useIsAllowed('webhooks.write');
  const [open, setOpen] = useState<Open | null>(null);
  const [secret, setSecret] = useState<{ text: string | null } | null>(null);
  const actions = useWebhookActions(webhook.id, setSecret, () => setOpen(null));
  const failed = [actions.test, actions.enable].find((action) => action.isError);
  const close = () => setOpen(null);
  return (
    <>
      <PageHeader
        title={webhook.description || t('webhook.one')}
        description={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <WebhookStatus webhook={webhook} />
            <code className="font-mono text-xs break-all">{webhook.url}</code>
          </span>
        }
        actions={mayWrite && <Buttons webhook={webhook} actions={actions} onOpen={setOpen} />}
      />
      {failed && <ErrorState error={failed.error} className="mb-4" />}
      <div className="flex flex-col gap-5">
        <FailureNote webhook={webhook} />
        <EventsCard webhook={webhook} />
        <Deliveries webhookId={webhook.id} mayWrite={mayWrite} />
      </div>
      {open === 'edit' && <WebhookDialog webhook={webhook} onClose={close} />}
      <ConfirmDialog
        isOpen={open === 'rotate'}
        onClose={close}
        isDanger={false}
        title={t('webhook.rotate')}
        confirm={t('webhook.rotate')}
        action={actions.rotate}
        onConfirm={() => actions.rotate.mutate()}
      >
        <p>{t('webhook.rotate_text')}</p>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={open === 'remove'}
        onClose={close}
        title={t('providers.remove_title', { name: webhook.description || webhook.url })}
        confirm={t('providers.remove')}
        action={actions.remove}
        onConfirm={() => actions.remove.mutate()}
      >
        <p>{t('webhook.remove_text')}</p>
      </ConfirmDialog>
      {secret && <SecretDialog secret={secret.text} onClose={() => setSecret(null)} />}
    </>
  );
}

type Open = 'edit' | 'remove' | 'rotate';

interface ButtonsProps {
  webhook: WebhookView;
  actions: ReturnType<typeof useWebhookActions>;
  onOpen: (open: Open) => void;
}

function Buttons({ webhook, actions, onOpen }: ButtonsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Button
        isBusy={actions.test.isPending}
        onClick={() => actions.test.mutate()}
        data-testid="webhook-test"
      >
        {t('webhook.test')}
      </Button>
      <Button isBusy={actions.enable.isPending} onClick={() => actions.enable.mutate(!webhook.enabled)}>
        {t(webhook.enabled ? 'webhook.turn_off' : 'webhook.turn_on')}
      </Button>
      <Button onClick={() => onOpen('edit')}>{t('common.edit')}</Button>
      <Button onClick={() => onOpen('rotate')}>{t('webhook.rotate')}</Button>
      <Button variant="ghost" className="text-danger!" onClick={() => onOpen('remove')}>
        {t('providers.remove')}
      </Button>
    </>
  );
}

/** Since when nothing arrives, and what to do about it. */
function FailureNote({ webhook }: { webhook: WebhookView }) {
  const { t } = useTranslation();
  const { failing_since: failing, disabled_because: because } = webhook;
  if (failing === null && because === null) return null;
  return (
    <p className="flex gap-3 rounded-lg border border-warn/40 bg-warn/8 p-4">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
      <span>
        {t(webhook.disabled_because === null ? 'webhook.failing_text' : 'webhook.disabled_text')}
        {failing !== null && (
          <>
            {' '}
            <When iso={failing} />
          </>
        )}
      </span>
    </p>
  );
}

function EventsCard({ webhook }: { webhook: WebhookView }) {
  const { t } = useTranslation();
  const { event_types: types, former_secret_until: former } = webhook;
  return (
    <Card title={t('webhooks.events')}>
      {types.length === 0 ? (
        <p>{t('webhooks.every_event')}</p>
      ) : (
        <ul className="flex flex-wrap gap-2">
          {types.map((type) => (
            <li key={type} className="rounded-md bg-text/6 px-2 py-0.5 font-mono text-xs">
              {type}
            </li>
          ))}
        </ul>
      )}
      {former !== null && (
        <p className="mt-3 text-sm text-muted">
          {t('webhook.former_secret')} <When iso={former} />
        </p>
      )}
    </Card>
  );
}

function useWebhookActions(
  id: string,
  onSecret: (secret: { text: string | null }) => void,
  onDone: () => void,
) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const headerFor = useOrderKey();
  const path = { id };
  const onSettled = () => client.invalidateQueries({ queryKey: ['webhooks'] });
  // Each click is an order of its own.
  const header = () => headerFor(Date.now());
  const test = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/webhooks/{id}/test', { params: { path, header: header() } })),
    onSuccess: () => toast(t('webhook.test_sent')),
    onSettled,
  });
  const enable = useMutation({
    mutationFn: (enabled: boolean) =>
      answerOf(api.PATCH('/api/v1/webhooks/{id}', { params: { path }, body: { enabled } })),
    onSettled,
  });
  const rotate = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/webhooks/{id}/rotate-secret', { params: { path, header: header() }, body: {} }),
      ),
    onSuccess: ({ secret }) => {
      onDone();
      onSecret({ text: secret });
    },
    onSettled,
  });
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/webhooks/{id}', { params: { path } })),
    onSuccess: async () => {
      await navigate({ to: '/organisation/webhooks' });
      await client.invalidateQueries({ queryKey: ['webhooks', 'list'] });
    },
  });
  return { test, enable, rotate, remove };
}
