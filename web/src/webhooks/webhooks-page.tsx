import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus, Webhook } from 'lucide-react';
import { useState } from 'react';
import type { WebhookView } from '#contracts/webhooks.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';
import { webhooksQuery } from './queries.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';
import { WebhookStatus } from './webhook-status.tsx';

/** Addresses that are told of what happens in the organisation. */
export function WebhooksPage() {
  const { t } = useTranslation();
  const webhooks = useQuery(webhooksQuery);
  const mayWrite = useIsAllowed('webhooks.write');
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<{ text: string | null } | null>(null);
  const add = mayWrite && (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setAdding(true)}
      data-testid="webhook-add"
    >
      {t('webhooks.add')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('org.webhooks')} description={t('webhooks.text')} actions={add} />
      <Card isFlush title={t('org.webhooks')}>
        <Loaded query={webhooks}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState icon={Webhook} title={t('webhooks.none')} action={add}>
                {t('webhooks.none_text')}
              </EmptyState>
            ) : (
              <WebhookList webhooks={data} />
            )
          }
        </Loaded>
      </Card>
      {isAdding && (
        <WebhookDialog
          webhook={null}
          onClose={() => setAdding(false)}
          onCreated={(text) => setSecret({ text })}
        />
      )}
      {secret && <SecretDialog secret={secret.text} onClose={() => setSecret(null)} />}
    </>
  );
}

function WebhookList({ webhooks }: { webhooks: readonly WebhookView[] }) {
  const { t } = useTranslation();
  const columns: Column<WebhookView>[] = [
    {
      id: 'url',
      header: t('webhooks.url'),
      cell: ({ id, url, description }) => (
        <>
          <Link
            to="/organisation/webhooks/$id"
            params={{ id }}
            className="block font-mono text-xs break-all text-accent hover:underline"
          >
            {url}
          </Link>
          {description !== '' && <span className="text-sm text-muted">{description}</span>}
        </>
      ),
    },
    {
      id: 'status',
      header: t('keys.status'),
      cell: (webhook) => <WebhookStatus webhook={webhook} />,
    },
    {
      id: 'events',
      header: t('webhooks.events'),
      isSecondary: true,
      cell: ({ event_types: types }) =>
        types.length === 0 ? t('webhooks.every_event') : t('webhooks.event_count', { count: types.length }),
    },
    {
      id: 'created',
      header: t('keys.created'),
      isSecondary: true,
      cell: ({ created_at: at }) => <When iso={at} />,
    },
  ];
  return <Table label={t('org.webhooks')} columns={columns} rows={webhooks} rowKey={({ id }) => id} />;
}
