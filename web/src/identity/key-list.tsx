import { CircleCheck, CirclePause, CircleX, Clock, type LucideIcon } from 'lucide-react';
import type { ApiKey } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { type SortedColumn, SortedTable } from '../widgets/sorted-table.tsx';
import { type KeyStatus, keyStatus } from './api-keys.ts';
import { BudgetLine } from './budget-line.tsx';
import { KeyLimits } from './key-limits.tsx';
import { rightsOver } from './key-rights.ts';
import { useMe } from './session.ts';

const LOOKS: Record<KeyStatus, { tone: Tone; icon: LucideIcon }> = {
  active: { tone: 'ok', icon: CircleCheck },
  inactive: { tone: 'warn', icon: CirclePause },
  disabled: { tone: 'warn', icon: CirclePause },
  suspended: { tone: 'warn', icon: CirclePause },
  expired: { tone: 'warn', icon: Clock },
  revoked: { tone: 'neutral', icon: CircleX },
};

interface KeyListProps {
  keys: readonly ApiKey[];
  isOwnerShown: boolean;
  sort: string;
  onSort: (sort: string) => void;
  onEdit: (key: ApiKey) => void;
  onRevoke: (key: ApiKey) => void;
}

export function KeyList({ keys, isOwnerShown, sort, onSort, onEdit, onRevoke }: KeyListProps) {
  const { t } = useTranslation();
  const nowMs = useNow(15_000);
  const columns: SortedColumn<ApiKey>[] = [
    {
      id: 'name',
      header: t('keys.name'),
      sort: 'name',
      cell: (key) => <Name apiKey={key} isOwnerShown={isOwnerShown} />,
    },
    {
      id: 'status',
      header: t('keys.status'),
      cell: (key) => <Status apiKey={key} nowMs={nowMs} />,
    },
    { id: 'limits', header: t('keys.limits'), isSecondary: true, cell: (key) => <KeyLimits apiKey={key} /> },
    { id: 'budget', header: t('keys.budget'), isSecondary: true, cell: (key) => <BudgetLine apiKey={key} /> },
    ...momentColumns(t, nowMs),
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (key) => <Actions apiKey={key} onEdit={onEdit} onRevoke={onRevoke} />,
    },
  ];
  return (
    <div className="card overflow-hidden">
      <SortedTable
        label={t('keys.list')}
        {...{ columns, sort, onSort }}
        rows={keys}
        rowKey={(key) => key.id}
        rowTestId={(key) => `key-row-${key.id}`}
      />
    </div>
  );
}

function Name({ apiKey, isOwnerShown }: { apiKey: ApiKey; isOwnerShown: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="block font-medium">{apiKey.name}</span>
      <code className="font-mono text-xs whitespace-nowrap text-muted">{apiKey.hint}</code>
      {isOwnerShown && (
        <span className="block text-xs text-muted">
          {apiKey.owner === 'organisation' ? t('keys.of_organisation') : apiKey.user.username}
        </span>
      )}
    </>
  );
}

/** Its state, and of one that awaits an activation: which side is missing, and who can give it. */
function Status({ apiKey, nowMs }: { apiKey: ApiKey; nowMs: number }) {
  const { t } = useTranslation();
  const status = keyStatus(apiKey, nowMs);
  return (
    <>
      <Chip {...LOOKS[status]}>{t(`key_status.${status}`)}</Chip>
      {status === 'inactive' &&
        apiKey.activation.who_can.map(({ side, people }) => (
          <span key={side} className="mt-1 block max-w-60 text-xs text-muted">
            {t(`keys.missing_${side}`, {
              people: people.map(({ username }) => username).join(', ') || t('keys.nobody'),
            })}
          </span>
        ))}
    </>
  );
}

function Actions({
  apiKey,
  onEdit,
  onRevoke,
}: Pick<KeyListProps, 'onEdit' | 'onRevoke'> & { apiKey: ApiKey }) {
  const { t } = useTranslation();
  const rights = rightsOver(apiKey, useMe());
  return (
    <span className="flex flex-col items-end md:flex-row md:justify-end md:gap-1">
      {rights.budget && (
        <Button
          size="sm"
          variant="ghost"
          aria-label={t('keys.edit_of', { name: apiKey.name })}
          data-testid={`key-edit-${apiKey.id}`}
          onClick={() => onEdit(apiKey)}
        >
          {t('keys.edit')}
        </Button>
      )}
      {rights.revoke && (
        <Button
          size="sm"
          variant="ghost"
          className="text-danger!"
          aria-label={t('revoke.of', { name: apiKey.name })}
          data-testid={`key-revoke-${apiKey.id}`}
          onClick={() => onRevoke(apiKey)}
        >
          {t('revoke.open')}
        </Button>
      )}
    </span>
  );
}

function momentColumns(t: Translate, nowMs: number): SortedColumn<ApiKey>[] {
  return [
    {
      id: 'used',
      header: t('keys.last_used'),
      isSecondary: true,
      sort: 'last_used_at',
      cell: (key) => <Moment iso={key.last_used_at} absent={t('keys.never_used')} nowMs={nowMs} />,
    },
    {
      id: 'created',
      header: t('keys.created'),
      className: 'hidden lg:table-cell',
      sort: 'created_at',
      cell: (key) => <Moment iso={key.created_at} absent="–" nowMs={nowMs} />,
    },
    {
      id: 'expires',
      header: t('keys.expires'),
      className: 'hidden lg:table-cell',
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
