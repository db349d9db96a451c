import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Ban, CircleCheck, Download, ScrollText, SearchX } from 'lucide-react';
import { useState } from 'react';
import type { AuditEntryView } from '#contracts/audit.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import { buttonClass } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { Select, TextField } from '../design/field.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { AuditEntryDialog } from './audit-entry-dialog.tsx';
import { type AuditSearch, auditFilterOf, OUTCOMES } from './audit-search.ts';

const PAGE_LIMIT = 50;

export type AuditPlace = 'organisation' | 'installation';

function auditQuery(place: AuditPlace, search: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ['audit', place, search],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ ...auditFilterOf(search), limit: PAGE_LIMIT, after: pageParam ?? undefined });
      return place === 'organisation'
        ? answerOf(api.GET('/api/v1/audit', { params: { query }, signal }))
        : answerOf(api.GET('/api/v1/platform/audit', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

interface AuditLogProps {
  place: AuditPlace;
  search: AuditSearch;
  onFind: (search: AuditSearch) => void;
}

/** Who changed what, found by person, action, thing and day; each entry opens with what it was and became. */
export function AuditLog({ place, search, onFind }: AuditLogProps) {
  const { t } = useTranslation();
  const log = useInfiniteQuery(auditQuery(place, search));
  const [open, setOpen] = useState<AuditEntryView | null>(null);
  const change = (part: AuditChange) =>
    onFind(
      Object.fromEntries(
        Object.entries({ ...search, ...part }).filter(([, value]) => value !== undefined && value !== ''),
      ),
    );
  return (
    <>
      <FilterBar place={place} search={search} onChange={change} />
      <Filters search={search} onDrop={(name) => change({ [name]: undefined })} />
      <div className="card">
        {log.data && (
          <p className="tabular border-b border-border px-4 py-2.5 text-sm text-muted" role="status">
            {t('audit.count', { count: log.data.pages[0]?.total ?? 0 })}
          </p>
        )}
        <Loaded query={log} rows={8}>
          {(data) => (
            <Entries
              entries={data.pages.flatMap((page) => page.data)}
              isFiltered={Object.keys(search).length > 0}
              onOpen={setOpen}
            />
          )}
        </Loaded>
        <LoadMore query={log} />
      </div>
      {open && (
        <AuditEntryDialog
          entry={open}
          onClose={() => setOpen(null)}
          onFilter={(part) => {
            setOpen(null);
            onFind(part);
          }}
        />
      )}
    </>
  );
}

type AuditChange = { [K in keyof AuditSearch]?: AuditSearch[K] | undefined };

interface FilterBarProps {
  place: AuditPlace;
  search: AuditSearch;
  onChange: (part: AuditChange) => void;
}

function FilterBar({ place, search, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  return (
    <div className="mb-4 flex flex-wrap items-end gap-3">
      <SearchField label={t('audit.find')} value={search.q} onFind={(q) => onChange({ q })} />
      <Select
        aria-label={t('audit.outcome')}
        className="w-full sm:w-40"
        value={search.outcome ?? ''}
        onChange={(event) =>
          onChange({ outcome: OUTCOMES.find((outcome) => outcome === event.target.value) })
        }
      >
        <option value="">{t('audit.all_outcomes')}</option>
        {OUTCOMES.map((outcome) => (
          <option key={outcome} value={outcome}>
            {t(`outcome.${outcome}`)}
          </option>
        ))}
      </Select>
      <TextField
        label={t('audit.from')}
        type="date"
        value={search.from ?? ''}
        onChange={(event) => onChange({ from: event.target.value })}
      />
      <TextField
        label={t('audit.to')}
        type="date"
        value={search.to ?? ''}
        onChange={(event) => onChange({ to: event.target.value })}
      />
      <div className="flex gap-2 sm:ml-auto">
        <ExportLink place={place} search={search} form="csv" />
        <ExportLink place={place} search={search} form="jsonl" />
      </div>
    </div>
  );
}

/** Filters that have no field of their own: they come from an entry, and go with a click. */
function Filters({ search, onDrop }: { search: AuditSearch; onDrop: (name: keyof AuditSearch) => void }) {
  const { t } = useTranslation();
  const names = (['actor', 'action', 'subject'] as const).filter((name) => search[name] !== undefined);
  if (names.length === 0) return null;
  return (
    <ul className="mb-4 flex flex-wrap gap-2">
      {names.map((name) => (
        <li key={name}>
          <button type="button" className={buttonClass({ size: 'sm' })} onClick={() => onDrop(name)}>
            {t(`audit.${name}`)}: {search[name]} <span aria-hidden>×</span>
            <span className="sr-only">{t('audit.drop_filter')}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function ExportLink({ place, search, form }: Omit<AuditLogProps, 'onFind'> & { form: 'csv' | 'jsonl' }) {
  const { t } = useTranslation();
  const path = place === 'organisation' ? '/api/v1/audit' : '/api/v1/platform/audit';
  const query = new URLSearchParams(auditFilterOf(search)).toString();
  return (
    <a
      href={`${path}/export.${form}${query === '' ? '' : `?${query}`}`}
      download={`audit-log.${form}`}
      className={buttonClass()}
    >
      <Download aria-hidden className="size-4" />
      {t(`audit.export_${form}`)}
    </a>
  );
}

interface EntriesProps {
  entries: readonly AuditEntryView[];
  isFiltered: boolean;
  onOpen: (entry: AuditEntryView) => void;
}

function Entries({ entries, isFiltered, onOpen }: EntriesProps) {
  const { t, format } = useTranslation();
  if (entries.length === 0) {
    return (
      <EmptyState
        icon={isFiltered ? SearchX : ScrollText}
        title={t(isFiltered ? 'audit.none_match' : 'audit.none')}
      >
        {t(isFiltered ? 'audit.none_match_text' : 'audit.none_text')}
      </EmptyState>
    );
  }
  const columns: Column<AuditEntryView>[] = [
    {
      id: 'at',
      header: t('chart.time'),
      cell: ({ at }) => (
        <time dateTime={at} title={format.dateTime(at)} className="whitespace-nowrap text-muted">
          {format.moment(at)}
        </time>
      ),
    },
    {
      id: 'actor',
      header: t('audit.actor'),
      cell: ({ actor }) => actor.name ?? actor.id ?? actor.kind,
    },
    {
      id: 'action',
      header: t('audit.action'),
      cell: (entry) => (
        <button
          type="button"
          className="rounded-sm text-left font-mono text-xs text-accent hover:underline"
          onClick={() => onOpen(entry)}
          data-testid={`audit-entry-${entry.action}`}
        >
          {entry.action}
        </button>
      ),
    },
    {
      id: 'subject',
      header: t('audit.subject'),
      isSecondary: true,
      cell: ({ subject }) => (
        <span className="font-mono text-xs break-all text-muted">{subject.id ?? subject.kind}</span>
      ),
    },
    {
      id: 'outcome',
      header: t('audit.outcome'),
      cell: ({ outcome }) => (
        <Chip tone={outcome === 'done' ? 'ok' : 'danger'} icon={outcome === 'done' ? CircleCheck : Ban}>
          {t(`outcome.${outcome}`)}
        </Chip>
      ),
    },
    {
      id: 'ip',
      header: t('audit.ip'),
      isSecondary: true,
      cell: ({ ip }) => <span className="font-mono text-xs text-muted">{ip ?? '–'}</span>,
    },
  ];
  return <Table label={t('org.audit')} columns={columns} rows={entries} rowKey={({ id }) => id} />;
}
