import { useQuery } from '@tanstack/react-query';
import { CloudCog, Plus } from 'lucide-react';
import { useState } from 'react';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { AccountCard } from './account-card.tsx';
import { AccountDialog } from './account-dialog.tsx';
import { providerAccountsQuery } from './queries.ts';
import { RemoveAccountDialog } from './remove-account-dialog.tsx';

type Open = { kind: 'add' } | { kind: 'rotate' | 'remove'; account: ProviderAccountView };

/** Accounts of this organisation at companies that rent machines: what each may do, and whether it still works. */
export function ProvidersPage() {
  const { t } = useTranslation();
  const accounts = useQuery(providerAccountsQuery);
  const mayWrite = useIsAllowed('providers.write');
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const add = mayWrite && (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setOpen({ kind: 'add' })}
      data-testid="account-add"
    >
      {t('providers.add')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('org.providers')} description={t('providers.text')} actions={add} />
      <Loaded query={accounts}>
        {(data) =>
          data.length === 0 ? (
            <div className="card">
              <EmptyState icon={CloudCog} title={t('providers.none')} action={add}>
                {t(mayWrite ? 'providers.none_text' : 'providers.none_ask')}
              </EmptyState>
            </div>
          ) : (
            <div className="flex flex-col gap-5">
              {data.map((account) => (
                <AccountCard
                  key={account.id}
                  account={account}
                  mayWrite={mayWrite}
                  onRotate={() => setOpen({ kind: 'rotate', account })}
                  onRemove={() => setOpen({ kind: 'remove', account })}
                />
              ))}
            </div>
          )
        }
      </Loaded>
      {open?.kind === 'add' && <AccountDialog account={null} onClose={close} />}
      {open?.kind === 'rotate' && <AccountDialog account={open.account} onClose={close} />}
      {open?.kind === 'remove' && <RemoveAccountDialog account={open.account} onClose={close} />}
    </>
  );
}
