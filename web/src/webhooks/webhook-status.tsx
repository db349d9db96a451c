import { CircleCheck, CirclePause, TriangleAlert } from 'lucide-react';
import type { WebhookView } from '#contracts/webhooks.ts';
import { Chip } from '../design/chip.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

/** Whether it is told of events, and what is wrong where it is not. */
export function WebhookStatus({ webhook }: { webhook: WebhookView }) {
  const { t } = useTranslation();
  const { enabled, disabled_because: because, failing_since: failing } = webhook;
  if (!enabled) {
    return (
      <Chip
        tone={because === null ? 'neutral' : 'danger'}
        icon={because === null ? CirclePause : TriangleAlert}
      >
        {t(because === null ? 'webhook.off' : `webhook.off_${because}`)}
      </Chip>
    );
  }
  return (
    <Chip tone={failing === null ? 'ok' : 'warn'} icon={failing === null ? CircleCheck : TriangleAlert}>
      {t(failing === null ? 'webhook.on' : 'webhook.failing')}
    </Chip>
  );
}
