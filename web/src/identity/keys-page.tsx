import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { KeyRound, SearchX } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { ApiKey, CreatedApiKey } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Select } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { recentUsageQuery } from '../finops/queries.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { keyListQuery, withRecentUse } from './api-keys.ts';
import { CreateKey } from './create-key.tsx';
import { EditKeyDialog } from './edit-key-dialog.tsx';
import { KeyList } from './key-list.tsx';
import { rightsOver } from './key-rights.ts';
import {
  KEY_OWNERS_SHOWN,
  KEY_STATES_SHOWN,
  type KeyStateShown,
  type KeysSearch,
  readKeysSearch,
} from './keys-search.ts';
import { NewSecret } from './new-secret.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';
import { useIsAllowed, useMe } from './session.ts';

export function KeysPage() {
  const { t } = useTranslation();
  const me = useMe();
  const { search, change } = useKeysSearch();
  const seesUsage = useIsAllowed('usage.read');
  const list = useInfiniteQuery(keyListQuery(search));
  const usage = useQuery({ ...recentUsageQuery, enabled: seesUsage });
  const keys = withRecentUse(list.data?.pages.flatMap((page) => page.data) ?? [], usage.data ?? []);
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [editing, setEditing] = useState<ApiKey | null>(null);
  const isFiltered = search.q !== undefined || search.state !== undefined || search.owner !== undefined;
  return (
    <>
      <PageHeader title={t('keys.title')} description={t('keys.text')} />
      <div className="flex flex-col gap-5">
        <CreateKey onCreated={setCreated} />
        {created && (
          <NewSecret
            key={`${created.id} ${created.rotated_at}`}
            created={created}
            isUsed={keys.some((key) => key.id === created.id && isUsedSince(key, created))}
            onDone={() => setCreated(null)}
          />
        )}
        {(keys.length > 0 || isFiltered) && (
          <Filters search={search} total={list.data?.pages[0]?.total} onChange={change} />
        )}
        {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && (
          <div className="card">
            <SkeletonRows count={3} label={t('common.loading')} />
          </div>
        )}
        {list.data && keys.length === 0 && <Nothing {...{ isFiltered, change }} />}
        {keys.length > 0 && (
          <KeyList
            keys={keys}
            isOwnerShown={search.owner === 'all'}
            sort={search.sort ?? '-created_at'}
            onSort={(sort) => change({ sort: sort as KeysSearch['sort'] })}
            onEdit={setEditing}
            onRevoke={setRevoking}
          />
        )}
        {list.hasNextPage && (
          <Button
            className="self-center"
            isBusy={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('common.load_more')}
          </Button>
        )}
      </div>
      <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />
      {editing && (
        <EditKeyDialog
          apiKey={editing}
          rights={rightsOver(editing, me)}
          onClose={() => setEditing(null)}
          onRotated={(rotated) => {
            setEditing(null);
            setCreated(rotated);
          }}
        />
      )}
    </>
  );
}

/** The filters in the address, and how they change. */
function useKeysSearch() {
  const search = useSearch({ from: '/signed-in/keys' });
  const navigate = useNavigate({ from: '/keys' });
  const change = useCallback(
    (part: KeyFilter) =>
      void navigate({
        search: (old) => readKeysSearch({ ...old, ...part }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  return { search, change };
}

function Nothing({ isFiltered, change }: { isFiltered: boolean; change: (part: KeyFilter) => void }) {
  const { t } = useTranslation();
  return (
    <div className="card">
      <EmptyState
        icon={isFiltered ? SearchX : KeyRound}
        title={t(isFiltered ? 'keys.none_match' : 'keys.none')}
        action={
          isFiltered && (
            <Button onClick={() => change({ q: undefined, state: undefined, owner: undefined })}>
              {t('requests.clear')}
            </Button>
          )
        }
      >
        {t(isFiltered ? 'keys.none_match_text' : 'keys.none_text')}
      </EmptyState>
    </div>
  );
}

/** A new secret waits for a call of its own, not for one of the secret before it. */
function isUsedSince(key: ApiKey, created: CreatedApiKey): boolean {
  return key.last_used_at !== null && key.last_used_at > (created.rotated_at ?? '');
}

type KeyFilter = { [Name in keyof KeysSearch]?: KeysSearch[Name] | undefined };

interface FiltersProps {
  search: KeysSearch;
  total: number | undefined;
  onChange: (part: KeyFilter) => void;
}

function Filters({ search, total, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const seesAll = useIsAllowed('api_keys.read_all');
  return (
    <div className="flex flex-wrap items-center gap-3">
      {seesAll && (
        <Segmented
          label={t('keys.whose')}
          value={search.owner ?? 'me'}
          options={KEY_OWNERS_SHOWN.map((value) => ({ value, label: t(`keys.whose_${value}`) }))}
          onChange={(owner) => onChange({ owner: owner === 'me' ? undefined : owner })}
        />
      )}
      <SearchField
        label={t('keys.find')}
        value={search.q}
        onFind={(q) => onChange({ q })}
        testId="keys-find"
      />
      <Select
        aria-label={t('keys.status')}
        className="w-full sm:w-44"
        value={search.state ?? ''}
        onChange={(event) =>
          onChange({ state: (event.target.value || undefined) as KeyStateShown | undefined })
        }
      >
        <option value="">{t('keys.any_status')}</option>
        {KEY_STATES_SHOWN.map((state) => (
          <option key={state} value={state}>
            {t(`key_status.${state}`)}
          </option>
        ))}
      </Select>
      {total !== undefined && (
        <span className="tabular text-sm text-muted sm:ml-auto" role="status" data-testid="keys-count">
          {t('keys.count', { count: total })}
        </span>
      )}
    </div>
  );
}
