import { Link } from '@tanstack/react-router';
import {
  Archive,
  ArchiveRestore,
  type LucideIcon,
  MessageSquareText,
  Pause,
  Play,
  Power,
  RefreshCw,
  RotateCcw,
} from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { type InstanceCommand, possibleCommands } from './instance-commands.ts';
import { LazyTerminateDialog } from './lazy-terminate-dialog.tsx';
import { isTerminable } from './states.ts';

const CommandDialog = lazy(() =>
  import('./command-dialog.tsx').then((module) => ({ default: module.CommandDialog })),
);

const ICONS: Record<InstanceCommand, LucideIcon> = {
  drain: Pause,
  resume: Play,
  reinstall: RefreshCw,
  retry: RotateCcw,
  archive: Archive,
  unarchive: ArchiveRestore,
};

/** What can be done with the machine now, by the person who looks at it. */
export function InstanceActions({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  const isWriter = useIsAllowed('instances.write');
  const [asked, setAsked] = useState<InstanceCommand | 'terminate' | null>(null);
  const close = () => setAsked(null);
  return (
    <>
      {instance.state === 'ready' && !instance.is_drained && (
        <Link to="/chat" search={{ model: instance.model }} className={buttonClass()}>
          <MessageSquareText aria-hidden className="size-4" />
          {t('instance.chat')}
        </Link>
      )}
      {isWriter &&
        possibleCommands(instance).map((command) => {
          const Icon = ICONS[command];
          return (
            <Button
              key={command}
              icon={<Icon aria-hidden className="size-4" />}
              data-testid={`command-${command}`}
              onClick={() => setAsked(command)}
            >
              {t(`command.${command}`)}
            </Button>
          );
        })}
      {isWriter && isTerminable(instance) && (
        <Button
          icon={<Power aria-hidden className="size-4 text-danger" />}
          data-testid={`terminate-${instance.id}`}
          onClick={() => setAsked('terminate')}
        >
          {t('terminate.open')}
        </Button>
      )}
      <LazyTerminateDialog instance={asked === 'terminate' ? instance : null} onClose={close} />
      {asked !== null && asked !== 'terminate' && (
        <Suspense fallback={null}>
          <CommandDialog command={asked} instance={instance} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
