import { FilterX } from 'lucide-react';
import { Button } from '../design/button.tsx';
import { Select } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import type { Named, Names } from '../finops/names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { SearchField } from '../widgets/search-field.tsx';
import { type RequestsSearch, SHOWN_REQUESTS, SPANS } from './requests-search.ts';

/** As the gateway names them in the log. */
const ENDPOINTS = ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/embeddings'] as const;

export type RequestFilter = { [Name in keyof RequestsSearch]?: RequestsSearch[Name] | undefined };

interface RequestFiltersProps {
  search: RequestsSearch;
  names: Names;
  seesAll: boolean;
  endpoints: readonly string[];
  count: string | null;
  onChange: (part: RequestFilter) => void;
}

export function RequestFilters(props: RequestFiltersProps) {
  return (
    <div className="mb-4 flex flex-col gap-3">
      <TimeAndText {...props} />
      <Choices {...props} />
    </div>
  );
}

function TimeAndText({ search, count, onChange }: RequestFiltersProps) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Segmented
        label={t('requests.show')}
        value={search.show ?? 'all'}
        options={SHOWN_REQUESTS.map((value) => ({ value, label: t(`requests.show_${value}`) }))}
        onChange={(show) => onChange({ show: show === 'all' ? undefined : show })}
      />
      <Segmented
        label={t('metrics.range')}
        value={search.span ?? '24h'}
        options={SPANS.map((value) => ({
          value,
          label: value === 'all' ? t('requests.all_time') : t(`range.${value}`),
        }))}
        onChange={(span) => onChange({ span: span === '24h' ? undefined : span })}
      />
      <SearchField
        label={t('requests.find')}
        value={search.q}
        onFind={(q) => onChange({ q })}
        testId="requests-find"
      />
      {count !== null && (
        <span className="tabular text-sm text-muted sm:ml-auto" role="status" data-testid="requests-count">
          {count}
        </span>
      )}
    </div>
  );
}

const NO_FILTER: RequestFilter = {
  q: undefined,
  model: undefined,
  key: undefined,
  person: undefined,
  endpoint: undefined,
  status: undefined,
  error: undefined,
  instance: undefined,
};

function Choices({ search, names, seesAll, endpoints, onChange }: RequestFiltersProps) {
  const { t } = useTranslation();
  const extra = (['status', 'error', 'instance'] as const).filter((name) => search[name] !== undefined);
  const isFiltered =
    extra.length > 0 || [search.q, search.model, search.key, search.person, search.endpoint].some(Boolean);
  const choices = [...new Set([...ENDPOINTS, ...endpoints])];
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Choice
        name="model"
        all={t('requests.any_model')}
        label={t('request.model')}
        list={names.models}
        {...{ search, onChange }}
      />
      <Choice
        name="key"
        all={t('requests.any_key')}
        label={t('request.key')}
        list={names.keys}
        {...{ search, onChange }}
      />
      {seesAll && (
        <Choice
          name="person"
          all={t('requests.any_person')}
          label={t('request.person')}
          list={names.people}
          {...{ search, onChange }}
        />
      )}
      <Choice
        name="endpoint"
        all={t('requests.any_endpoint')}
        label={t('request.endpoint')}
        list={choices.map((id) => ({ id, name: id }))}
        {...{ search, onChange }}
      />
      {extra.map((name) => (
        <span
          key={name}
          className="flex items-center gap-1.5 rounded-full border border-border bg-surface px-3 py-1 text-sm"
        >
          <span className="text-muted">{t(`requests.only_${name}`)}</span>
          <code className="font-mono text-xs">{search[name]}</code>
        </span>
      ))}
      {isFiltered && (
        <Button
          size="sm"
          variant="ghost"
          icon={<FilterX aria-hidden className="size-3.5" />}
          onClick={() => onChange(NO_FILTER)}
        >
          {t('requests.clear')}
        </Button>
      )}
    </div>
  );
}

interface ChoiceProps extends Pick<RequestFiltersProps, 'search' | 'onChange'> {
  name: 'model' | 'key' | 'person' | 'endpoint';
  label: string;
  all: string;
  list: readonly Named[];
}

/** What the address names stays chosen, even when it is not on the list (any more). */
function Choice({ name, label, all, list, search, onChange }: ChoiceProps) {
  const value = search[name] ?? '';
  return (
    <Select
      aria-label={label}
      className="w-[calc(50%-6px)] sm:w-44"
      value={value}
      onChange={(event) => onChange({ [name]: event.target.value || undefined })}
      data-testid={`requests-${name}`}
    >
      <option value="">{all}</option>
      {value !== '' && !list.some(({ id }) => id === value) && <option value={value}>{value}</option>}
      {list.map((entry) => (
        <option key={entry.id} value={entry.id}>
          {entry.name}
        </option>
      ))}
    </Select>
  );
}
