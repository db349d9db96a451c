import { useQuery } from '@tanstack/react-query';
import { KeyRound, ListPlus, ServerCog, Terminal } from 'lucide-react';
import { useState } from 'react';
import type { HostView } from '#contracts/hosts.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { ConfirmKeyDialog } from './confirm-key-dialog.tsx';
import { EnrolDialog } from './enrol-dialog.tsx';
import { EnrolmentList } from './enrolment-list.tsx';
import { HostCard } from './host-card.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { hostsQuery } from './queries.ts';
import { RegisterDialog } from './register-dialog.tsx';
import { ReleaseDialog, RemoveHostDialog } from './remove-host-dialogs.tsx';

type Open =
  | { kind: 'enrol' | 'register' | 'import' }
  | { kind: 'confirm_key' | 'release' | 'remove'; host: HostView };

/** Machines of the organisation itself: what each is, whether it can be used, and how one more is added. */
export function HostsPage() {
  const { t } = useTranslation();
  const hosts = useQuery(hostsQuery);
  const mayWrite = useIsAllowed('providers.write');
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const add = mayWrite && <AddButtons onOpen={(kind) => setOpen({ kind })} />;
  return (
    <>
      <PageHeader title={t('org.hosts')} description={t('hosts.text')} actions={add} />
      <EnrolmentList mayWrite={mayWrite} />
      <Loaded query={hosts}>
        {(data) =>
          data.length === 0 ? (
            <div className="card">
              <EmptyState icon={ServerCog} title={t('hosts.none')}>
                {t(mayWrite ? 'hosts.none_text' : 'hosts.none_ask')}
              </EmptyState>
            </div>
          ) : (
            <div className="grid gap-5 xl:grid-cols-2" data-testid="hosts">
              {data.map((host) => (
                <HostCard
                  key={host.id}
                  host={host}
                  mayWrite={mayWrite}
                  onConfirmKey={() => setOpen({ kind: 'confirm_key', host })}
                  onRelease={() => setOpen({ kind: 'release', host })}
                  onRemove={() => setOpen({ kind: 'remove', host })}
                />
              ))}
            </div>
          )
        }
      </Loaded>
      {open && <OpenDialog open={open} onClose={close} />}
    </>
  );
}

function AddButtons({ onOpen }: { onOpen: (kind: 'enrol' | 'register' | 'import') => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        variant="primary"
        icon={<Terminal aria-hidden className="size-4" />}
        onClick={() => onOpen('enrol')}
        data-testid="host-enrol"
      >
        {t('hosts.enrol')}
      </Button>
      <Button
        icon={<KeyRound aria-hidden className="size-4" />}
        onClick={() => onOpen('register')}
        data-testid="host-register"
      >
        {t('hosts.register')}
      </Button>
      <Button
        icon={<ListPlus aria-hidden className="size-4" />}
        onClick={() => onOpen('import')}
        data-testid="host-import"
      >
        {t('hosts.import')}
      </Button>
    </div>
  );
}

function OpenDialog({ open, onClose }: { open: Open; onClose: () => void }) {
  switch (open.kind) {
    case 'enrol':
      return <EnrolDialog onClose={onClose} />;
    case 'register':
      return <RegisterDialog onClose={onClose} />;
    case 'import':
      return <ImportDialog onClose={onClose} />;
    case 'confirm_key':
      return <ConfirmKeyDialog host={open.host} onClose={onClose} />;
    case 'release':
      return <ReleaseDialog host={open.host} onClose={onClose} />;
    case 'remove':
      return <RemoveHostDialog host={open.host} onClose={onClose} />;
  }
}
