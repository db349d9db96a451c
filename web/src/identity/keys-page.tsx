import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CirclePause, CircleX, Clock, KeyRound, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import type { ApiKey, CreatedApiKey } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { recentUsageQuery } from '../finops/queries.ts';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useNow } from '../shell/use-now.ts';
import { ActivationButton } from './activation/activation-notice.tsx';
import { apiKeysQuery, type KeyStatus, keyStatus, withRecentUse } from './api-keys.ts';
import { CreateKey } from './create-key.tsx';
import { KeyLimits } from './key-limits.tsx';
import { NewSecret } from './new-secret.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

const LOOKS: Record<KeyStatus, { tone: Tone; icon: LucideIcon }> = {
  active: { tone: 'ok', icon: CircleCheck },
  inactive: { tone: 'warn', icon: CirclePause },
  disabled: { tone: 'warn', icon: CirclePause },
  suspended: { tone: 'warn', icon: CirclePause },
  expired: { tone: 'warn', icon: Clock },
  revoked: { tone: 'neutral', icon: CircleX },
};

export function KeysPage() {
  const { t } = useTranslation();
  const keys = useQuery(apiKeysQuery);
  const usage = useQuery(recentUsageQuery);
  const used = keys.data && withRecentUse(keys.data, usage.data ?? []);
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <>
      <PageHeader title={t('keys.title')} description={t('keys.text')} />
      <div className="flex flex-col gap-5">
        <CreateKey onCreated={setCreated} />
        {created && (
          <NewSecret
            key={created.id}
            created={created}
            isUsed={used?.some((key) => key.id === created.id && key.last_used_at !== null) ?? false}
            onDone={() => setCreated(null)}
          />
        )}
        {keys.isError && <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />}
        {keys.isPending && (
          <div className="card">
            <SkeletonRows count={3} label={t('common.loading')} />
          </div>
        )}
        {keys.data?.length === 0 && (
          <div className="card">
            <EmptyState icon={KeyRound} title={t('keys.none')}>
              {t('keys.none_text')}
            </EmptyState>
          </div>
        )}
        {used && used.length > 0 && <KeyList keys={used} onRevoke={setRevoking} />}
      </div>
      <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />
    </>
  );
}

function KeyList({ keys, onRevoke }: { keys: readonly ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  const { t } = useTranslation();
  const nowMs = useNow(15_000);
  const columns: Column<ApiKey>[] = [
    {
      id: 'name',
      header: t('keys.name'),
      cell: (key) => (
        <>
          <span className="block font-medium">{key.name}</span>
          <code className="font-mono text-xs whitespace-nowrap text-muted">{key.hint}</code>
        </>
      ),
    },
    {
      id: 'status',
      header: t('keys.status'),
      cell: (key) => {
        const status = keyStatus(key, nowMs);
        return (
          <span className="flex flex-wrap items-center gap-1">
            <Chip {...LOOKS[status]}>{t(`key_status.${status}`)}</Chip>
            {status === 'inactive' && (
              <ActivationButton kind="api_key" id={key.id} activation={key.activation} name={key.name} />
            )}
          </span>
        );
      },
    },
    {
      id: 'limits',
      header: t('keys.limits'),
      isSecondary: true,
      cell: (key) => <KeyLimits apiKey={key} />,
    },
    ...momentColumns(t, nowMs),
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (key) =>
        key.revoked_at === null && (
          <Button
            size="sm"
            variant="ghost"
            className="text-danger!"
            aria-label={t('revoke.of', { name: key.name })}
            data-testid={`key-revoke-${key.id}`}
            onClick={() => onRevoke(key)}
          >
            {t('revoke.open')}
          </Button>
        ),
    },
  ];
  return (
    <Card isFlush title={t('keys.list')}>
      <Table label={t('keys.list')} columns={columns} rows={keys} rowKey={(key) => key.id} />
    </Card>
  );
}

function momentColumns(t: Translate, nowMs: number): Column<ApiKey>[] {
  return [
    {
      id: 'used',
      header: t('keys.last_used'),
      isSecondary: true,
      cell: (key) => <Moment iso={key.last_used_at} absent={t('keys.never_used')} nowMs={nowMs} />,
    },
    {
      id: 'created',
      header: t('keys.created'),
      isSecondary: true,
      cell: (key) => <Moment iso={key.created_at} absent="–" nowMs={nowMs} />,
    },
    {
      id: 'expires',
      header: t('keys.expires'),
      isSecondary: true,
      cell: (key) => <Moment iso={key.expires_at} absent={t('keys.no_expiry')} nowMs={nowMs} />,
    },
  ];
}

function Moment({ iso, absent, nowMs }: { iso: string | null; absent: string; nowMs: number }) {
  const { format } = useTranslation();
  if (iso === null) return <span className="text-muted">{absent}</span>;
  return (
    <time dateTime={iso} title={format.dateTime(iso)} className="whitespace-nowrap">
      {format.ago(iso, nowMs)}
    </time>
  );
}
