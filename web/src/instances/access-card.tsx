import { ExternalLink } from 'lucide-react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { Card } from '../design/card.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { CodeBlock } from '../widgets/code-block.tsx';
import { CopyButton } from '../widgets/copy-button.tsx';
import { consoleUrlOf, sshCommandOf } from './server-access.ts';
import { isEnded } from './states.ts';

/** How one gets at the machine itself, where there is a way. */
export function AccessCard({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  const ssh = isEnded(instance) ? null : sshCommandOf(instance);
  const url = consoleUrlOf(instance);
  return (
    <Card title={t('console.title')}>
      <div className="flex flex-col gap-3 text-sm">
        {instance.provider === 'mock' && <p className="text-muted">{t('console.mock')}</p>}
        {instance.server_ref === null ? (
          <p className="text-muted">{t('console.none_yet')}</p>
        ) : (
          <p className="flex flex-wrap items-center gap-x-2">
            <span className="text-muted">{t('console.server_ref')}</span>
            <code className="font-mono text-xs break-all">{instance.server_ref}</code>
            <CopyButton text={instance.server_ref} label={t('instance.copy_id')} />
          </p>
        )}
        {ssh !== null && (
          <div>
            <CodeBlock code={ssh} label={t('console.ssh')} copyLabel={t('console.ssh_copy')} />
            <p className="mt-1.5 text-xs text-muted">{t('console.ssh_text')}</p>
          </div>
        )}
        {url !== null && (
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            className="inline-flex w-fit items-center gap-1.5 text-accent underline-offset-2 hover:underline"
          >
            <ExternalLink aria-hidden className="size-4" />
            {t('console.provider', { provider: instance.provider })}
          </a>
        )}
      </div>
    </Card>
  );
}
