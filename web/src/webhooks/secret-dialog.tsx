import { TriangleAlert } from 'lucide-react';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { CodeBlock } from '../widgets/code-block.tsx';

/** The one time that the secret with which deliveries are signed can be read; null when that answer was lost. */
export function SecretDialog({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('webhook.secret')}
      testId="webhook-secret"
      footer={
        <Button variant="primary" onClick={onClose}>
          {t(secret === null ? 'common.close' : 'keys.done')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4 px-5 py-5">
        <p className="flex gap-2.5">
          <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
          {t(secret === null ? 'webhook.secret_lost' : 'webhook.secret_text')}
        </p>
        {secret !== null && (
          <CodeBlock code={secret} label={t('webhook.secret')} copyLabel={t('webhook.copy_secret')} />
        )}
      </div>
    </Dialog>
  );
}
