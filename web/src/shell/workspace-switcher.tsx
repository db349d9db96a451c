import { useMutation, useQuery } from '@tanstack/react-query';
import { Check, ChevronsUpDown, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Popover } from '../design/popover.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { withTexts } from '../i18n/with-texts.ts';
import { accountQuery } from '../identity/account/queries.ts';
import { enterOrganisation } from '../identity/enter-organisation.ts';
import { myOrganisationsQuery } from '../identity/organisation/queries.ts';
import { OrganisationMark } from '../identity/organisation-mark.tsx';
import { useSession } from '../identity/session.ts';

const CreateOrganisationDialog = lazy(
  withTexts(() =>
    import('../identity/organisation/create-organisation-dialog.tsx').then((module) => ({
      default: module.CreateOrganisationDialog,
    })),
  ),
);

/** Where one is, in its colour, and where else one may go. */
export function WorkspaceSwitcher({ isNarrow }: { isNarrow: boolean }) {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const { data: mine } = useQuery(myOrganisationsQuery);
  const [isCreating, setCreating] = useState(false);
  const colour = mine?.find(({ id }) => id === organisation.id)?.colour ?? null;
  return (
    <>
      {colour !== null && (
        <span
          aria-hidden
          className="absolute inset-x-0 top-0 h-[3px]"
          style={{ backgroundColor: colour }}
          data-testid="organisation-colour"
        />
      )}
      <Popover
        isAtStart
        label={t('switcher.label', { name: organisation.name })}
        testId="workspace-switcher"
        triggerClassName="flex h-9 max-w-56 items-center rounded-md px-1.5 hover:bg-text/6"
        trigger={
          <span className="flex min-w-0 items-center gap-2 text-sm font-medium">
            <OrganisationMark name={organisation.name} colour={colour} />
            {!isNarrow && <span className="truncate">{organisation.name}</span>}
            <ChevronsUpDown className="size-3.5 shrink-0 text-muted" />
          </span>
        }
      >
        {(close) => (
          <Places
            onCreate={() => {
              close();
              setCreating(true);
            }}
          />
        )}
      </Popover>
      {isCreating && (
        <Suspense fallback={null}>
          <CreateOrganisationDialog onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </>
  );
}

function Places({ onCreate }: { onCreate: () => void }) {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const account = useQuery(accountQuery);
  const { data: mine } = useQuery(myOrganisationsQuery);
  const enter = useMutation({ mutationFn: enterOrganisation });
  const places = account.data?.organisations ?? [];
  return (
    <>
      <p className="px-2.5 pt-1.5 pb-1 text-xs font-medium text-muted">{t('switcher.title')}</p>
      {account.isError && <ErrorState error={account.error} className="m-2" />}
      <ul className="max-h-[50dvh] overflow-y-auto">
        {places.map(({ id, name, kind, role }) => (
          <li key={id}>
            <button
              type="button"
              disabled={enter.isPending}
              aria-current={id === organisation.id}
              onClick={() => id !== organisation.id && enter.mutate(id)}
              className="flex min-h-11 w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left hover:bg-text/8"
              data-testid={`workspace-${kind}`}
            >
              <OrganisationMark
                name={name}
                colour={mine?.find((organised) => organised.id === id)?.colour ?? null}
              />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{name}</span>
                <span className="block truncate text-xs text-muted">
                  {kind === 'personal' ? t('switcher.personal') : t(`role.${role}`)}
                </span>
              </span>
              {id === organisation.id && <Check aria-hidden className="size-4 shrink-0 text-accent" />}
            </button>
          </li>
        ))}
      </ul>
      {enter.isError && <ErrorState error={enter.error} className="m-2" />}
      <div className="mt-1 border-t border-border pt-1">
        <Button
          variant="ghost"
          className="w-full justify-start!"
          icon={<Plus aria-hidden className="size-4 text-muted" />}
          onClick={onCreate}
          data-testid="workspace-create"
        >
          {t('org.create')}
        </Button>
      </div>
    </>
  );
}
