import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { BadgeCheck, ShieldCheck } from 'lucide-react';
import type { ResourceActivationView } from '#contracts/activation.ts';
import { modelsQuery } from '../../catalog/queries.ts';
import { EmptyState } from '../../design/empty-state.tsx';
import { Select } from '../../design/field.tsx';
import { Segmented } from '../../design/segmented.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { instancesQuery } from '../../instances/queries.ts';
import { offeringQuery } from '../../market/queries.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { LoadMore } from '../../widgets/load-more.tsx';
import { Loaded } from '../../widgets/loaded.tsx';
import { apiKeysQuery } from '../api-keys.ts';
import { ActivationSides } from './activation-sides.tsx';
import { type ActivationsSearch, KINDS } from './activations-search.ts';
import { activationsQuery } from './queries.ts';

const SHOWN = ['all', 'missing', 'working'] as const;

/** Everything that needs both activations, what is missing, and who can give it. */
export function ActivationPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/organisation/activation' });
  const navigate = useNavigate({ from: '/organisation/activation' });
  const activations = useInfiniteQuery(activationsQuery(search));
  const show = (wanted: ActivationsSearch) =>
    void navigate({ search: wanted, replace: true, resetScroll: false });
  const { kind, ...others } = search;
  return (
    <>
      <PageHeader title={t('org.activation')} description={t('activation.text')} />
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <Segmented
          label={t('activation.show')}
          value={search.show ?? 'all'}
          options={SHOWN.map((value) => ({ value, label: t(`activation.show_${value}`) }))}
          onChange={(value) =>
            show({ ...(kind ? { kind } : {}), ...(value === 'all' ? {} : { show: value }) })
          }
        />
        <Select
          aria-label={t('activation.kind')}
          className="w-full sm:w-48"
          value={kind ?? ''}
          onChange={(event) => {
            const chosen = KINDS.find((value) => value === event.target.value);
            show({ ...others, ...(chosen ? { kind: chosen } : {}) });
          }}
        >
          <option value="">{t('activation.all_kinds')}</option>
          {KINDS.map((value) => (
            <option key={value} value={value}>
              {t(`resource.${value}`)}
            </option>
          ))}
        </Select>
        {activations.data && (
          <span className="tabular text-sm text-muted sm:ml-auto" role="status">
            {t('activation.count', { count: activations.data.pages[0]?.total ?? 0 })}
          </span>
        )}
      </div>
      <div className="card">
        <Loaded query={activations}>
          {(data) => <ActivationList things={data.pages.flatMap((page) => page.data)} />}
        </Loaded>
        <LoadMore query={activations} />
      </div>
    </>
  );
}

function ActivationList({ things }: { things: readonly ResourceActivationView[] }) {
  const { t } = useTranslation();
  if (things.length === 0) {
    return (
      <EmptyState icon={BadgeCheck} title={t('activation.none')}>
        {t('activation.none_text')}
      </EmptyState>
    );
  }
  return (
    <ul className="divide-y divide-border">
      {things.map((thing) => (
        <li
          key={`${thing.resource_kind}:${thing.resource_id}`}
          className="grid gap-x-6 gap-y-1 px-4 py-3 lg:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]"
        >
          <div className="flex min-w-0 items-start gap-3 py-2.5">
            <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
            <div className="min-w-0">
              <p className="font-medium break-words">
                <ResourceName thing={thing} />
              </p>
              <p className="text-sm text-muted">{t(`resource.${thing.resource_kind}`)}</p>
            </div>
          </div>
          <ActivationSides kind={thing.resource_kind} id={thing.resource_id} activation={thing} />
        </li>
      ))}
    </ul>
  );
}

/** What people call it, as far as this page knows; else its id. */
function ResourceName({ thing }: { thing: ResourceActivationView }) {
  const { resource_kind: kind, resource_id: id } = thing;
  const models = useQuery({ ...modelsQuery, enabled: kind === 'model' });
  const keys = useQuery({ ...apiKeysQuery, enabled: kind === 'api_key' });
  const instances = useInfiniteQuery({ ...instancesQuery(), enabled: kind === 'instance' });
  const offering = useQuery({ ...offeringQuery(id), enabled: kind === 'offering' });
  if (kind === 'instance') {
    const found = instances.data?.pages.flatMap((page) => page.data).find((instance) => instance.id === id);
    return (
      <Link to="/instances/$id" params={{ id }} className="text-accent hover:underline">
        {found?.name ?? id}
      </Link>
    );
  }
  if (kind === 'offering') {
    return (
      <Link to="/market/offering/$id" params={{ id }} className="text-accent hover:underline">
        {offering.data?.model_name ?? id}
      </Link>
    );
  }
  const name =
    kind === 'model'
      ? models.data?.find((model) => model.id === id)?.name
      : keys.data?.find((key) => key.id === id)?.name;
  return name ?? <code className="font-mono text-sm font-normal">{id}</code>;
}
