import { useQuery } from '@tanstack/react-query';
import { CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { CreatedApiKey } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { versionQuery } from '../shell/version.ts';
import { CodeBlock } from '../widgets/code-block.tsx';
import { CopyButton } from '../widgets/copy-button.tsx';
import { curlSnippet, gatewayBaseUrl } from '../workbench/code-snippets.ts';
import { servedModelsQuery } from '../workbench/served-models.ts';

interface NewSecretProps {
  created: CreatedApiKey;
  isUsed: boolean;
  onDone: () => void;
}

/** The one time a key is readable, with a call that works as it stands and a sign when it has arrived. */
export function NewSecret({ created, isUsed, onDone }: NewSecretProps) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="new-secret" className="card border-accent/50! p-5">
      <h2 id="new-secret" className="text-lg font-semibold">
        {t(created.rotated_at === null ? 'keys.created_title' : 'keys.rotated_title', { name: created.name })}
      </h2>
      <p className="mt-1 flex items-center gap-2 text-sm">
        <TriangleAlert aria-hidden className="size-4 shrink-0 text-warn" />
        {t(created.secret === null ? 'keys.secret_lost' : 'keys.once')}
      </p>
      {created.secret !== null && <SecretAndCall secret={created.secret} />}
      <div className="mt-4 flex flex-wrap items-center gap-3">
        {created.secret !== null && <FirstCall isUsed={isUsed} />}
        <Button className="ml-auto" onClick={onDone}>
          {t(created.secret === null ? 'common.close' : 'keys.done')}
        </Button>
      </div>
    </section>
  );
}

function SecretAndCall({ secret }: { secret: string }) {
  const { t } = useTranslation();
  const { data: version } = useQuery(versionQuery);
  const { data: models } = useQuery(servedModelsQuery);
  const curl = curlSnippet({
    baseUrl: gatewayBaseUrl(version?.gateway_url),
    apiKey: secret,
    model: models?.[0] ?? 'MODEL',
    messages: [{ role: 'user', content: t('keys.sample_prompt') }],
  });
  return (
    <>
      <div className="mt-4 flex items-center gap-2 rounded-md border border-control bg-surface py-1.5 pr-1.5 pl-3.5">
        <code data-testid="key-secret" className="min-w-0 flex-1 font-mono text-sm break-all">
          {secret}
        </code>
        <CopyButton text={secret} label={t('keys.copy')} />
      </div>
      <h3 className="mt-5 mb-2 text-sm font-semibold">{t('keys.try')}</h3>
      <CodeBlock code={curl} label={t('keys.try')} copyLabel={t('code.copy')} testId="key-curl" />
    </>
  );
}

function FirstCall({ isUsed }: { isUsed: boolean }) {
  const { t } = useTranslation();
  return (
    <p role="status" className="flex items-center gap-2 text-sm">
      {isUsed ? (
        <>
          <CircleCheck aria-hidden className="size-4 text-ok" />
          {t('keys.first_call')}
        </>
      ) : (
        <>
          <LoaderCircle aria-hidden className="size-4 text-muted motion-safe:animate-spin" />
          <span className="text-muted">{t('keys.waiting')}</span>
        </>
      )}
    </p>
  );
}
