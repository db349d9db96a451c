import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleCheck, CircleX, LoaderCircle, type LucideIcon, Plus, SearchX } from 'lucide-react';
import { useState } from 'react';
import type { ListedOrganisation } from '#contracts/organisations.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { TextField } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { CreateOrganisationDialog } from '../identity/organisation/create-organisation-dialog.tsx';
import { WalletAdminDialog } from '../market/money-dialogs.tsx';
import { PageHeader } from '../shell/page-header.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { When } from '../widgets/when.tsx';
import { ORGANISATION_STATES, type OrganisationsSearch } from './platform-search.ts';
import { organisationsQuery } from './queries.ts';

const LOOKS: Record<ListedOrganisation['state'], { tone: Tone; icon: LucideIcon }> = {
  active: { tone: 'ok', icon: CircleCheck },
  deleting: { tone: 'warn', icon: LoaderCircle },
  deleted: { tone: 'neutral', icon: CircleX },
};

/** All organisations of the installation. */
export function OrganisationsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/platform/organisations' });
  const navigate = useNavigate({ from: '/platform/organisations' });
  const organisations = useInfiniteQuery(organisationsQuery(search));
  const [isCreating, setCreating] = useState(false);
  const { q, state } = search;
  const show = (wanted: OrganisationsSearch) =>
    void navigate({ search: wanted, replace: true, resetScroll: false });
  return (
    <>
      <PageHeader
        title={t('platform.organisations')}
        description={t('organisations.text')}
        actions={
          <Button
            variant="primary"
            icon={<Plus aria-hidden className="size-4" />}
            onClick={() => setCreating(true)}
          >
            {t('org.create')}
          </Button>
        }
      />
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <SearchField
          label={t('organisations.find')}
          value={q}
          onFind={(find) => show({ ...(find ? { q: find } : {}), ...(state ? { state } : {}) })}
        />
        <Segmented
          label={t('organisations.show')}
          value={state ?? 'all'}
          options={(['all', ...ORGANISATION_STATES] as const).map((value) => ({
            value,
            label: t(value === 'all' ? 'common.all' : `organisation_state.${value}`),
          }))}
          onChange={(value) => show({ ...(q ? { q } : {}), ...(value === 'all' ? {} : { state: value }) })}
        />
      </div>
      <div className="card">
        <Loaded query={organisations}>
          {(data) => <OrganisationList organisations={data.pages.flatMap((page) => page.data)} />}
        </Loaded>
        <LoadMore query={organisations} />
      </div>
      {isCreating && <CreateOrganisationDialog onClose={() => setCreating(false)} />}
    </>
  );
}

function OrganisationList({ organisations }: { organisations: readonly ListedOrganisation[] }) {
  const { t } = useTranslation();
  const [ending, setEnding] = useState<ListedOrganisation | null>(null);
  const [paying, setPaying] = useState<ListedOrganisation | null>(null);
  if (organisations.length === 0) {
    return (
      <EmptyState icon={SearchX} title={t('organisations.none')}>
        {t('users.none_text')}
      </EmptyState>
    );
  }
  const columns: Column<ListedOrganisation>[] = [
    {
      id: 'name',
      header: t('org.name'),
      cell: ({ name, slug }) => (
        <>
          <span className="block font-medium">{name}</span>
          <code className="font-mono text-xs text-muted">{slug}</code>
        </>
      ),
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state }) => (
        <Chip {...LOOKS[state]} isWorking={state === 'deleting'}>
          {t(`organisation_state.${state}`)}
        </Chip>
      ),
    },
    { id: 'members', header: t('org.members'), align: 'end', cell: ({ members }) => members },
    {
      id: 'created',
      header: t('keys.created'),
      isSecondary: true,
      cell: ({ created_at: at }) => <When iso={at} />,
    },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (organisation) =>
        organisation.state === 'active' && (
          <RowActions organisation={organisation} onPay={setPaying} onEnd={setEnding} />
        ),
    },
  ];
  return (
    <>
      <Table
        label={t('platform.organisations')}
        columns={columns}
        rows={organisations}
        rowKey={({ id }) => id}
      />
      {ending && <DeleteDialog organisation={ending} onClose={() => setEnding(null)} />}
      {paying && <WalletAdminDialog organisation={paying} onClose={() => setPaying(null)} />}
    </>
  );
}

interface RowActionsProps {
  organisation: ListedOrganisation;
  onPay: (organisation: ListedOrganisation) => void;
  onEnd: (organisation: ListedOrganisation) => void;
}

function RowActions({ organisation, onPay, onEnd }: RowActionsProps) {
  const { t } = useTranslation();
  return (
    <span className="flex flex-col items-end md:flex-row md:justify-end md:gap-1">
      <Button
        size="sm"
        variant="ghost"
        aria-label={t('wallet.of', { name: organisation.name })}
        onClick={() => onPay(organisation)}
        data-testid={`wallet-of-${organisation.slug}`}
      >
        {t('market.wallet')}
      </Button>
      <Button
        size="sm"
        variant="ghost"
        className="text-danger!"
        aria-label={t('organisations.delete_of', { name: organisation.name })}
        onClick={() => onEnd(organisation)}
      >
        {t('organisations.delete')}
      </Button>
    </span>
  );
}

function DeleteDialog({ organisation, onClose }: { organisation: ListedOrganisation; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const { id, name, slug } = organisation;
  const end = useMutation({
    mutationFn: () => {
      const params = { path: { id }, query: { confirm: slug } };
      return answerOf(api.DELETE('/api/v1/platform/organisations/{id}', { params }));
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['platform-organisations'] });
    },
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('org.delete_title', { name })}
      confirm={t('org.delete')}
      action={end}
      onConfirm={() => end.mutate()}
      isBlocked={typed !== slug}
    >
      <p>{t('org.delete_machines_unpriced')}</p>
      <p>{t('org.delete_text')}</p>
      <TextField
        label={t('org.delete_type', { slug })}
        value={typed}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => setTyped(event.target.value)}
      />
    </ConfirmDialog>
  );
}
