import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type BusinessEventType, WEBHOOK_EVENT_TYPES } from '#contracts/business-events.ts';
import { createWebhookSchema, type WebhookView } from '#contracts/webhooks.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { CheckField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { checkFields } from '../widgets/check-fields.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';

type WebhookEvent = Exclude<BusinessEventType, 'WEBHOOK_TEST'>;

interface WebhookDialogProps {
  /** Null makes one. */
  webhook: WebhookView | null;
  onClose: () => void;
  /** With the secret, which is shown this one time. */
  onCreated?: (secret: string | null) => void;
}

interface Wish {
  url: string;
  description: string;
  event_types: WebhookEvent[];
}

/** Where events go, and which. */
export function WebhookDialog({ webhook, onClose, onCreated }: WebhookDialogProps) {
  const { t } = useTranslation();
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [types, setTypes] = useState<readonly string[]>(webhook?.event_types ?? []);
  const [isChecked, setChecked] = useState(false);
  const save = useSave(webhook, onClose, onCreated);
  const wanted = { url: url.trim(), description: description.trim(), event_types: types };
  const { data, wrong } = checkFields(createWebhookSchema, wanted);
  const isUrlWrong = wrong.has('url') || !URL.canParse(wanted.url);
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      size="md"
      title={t(webhook ? 'webhook.edit' : 'webhooks.add')}
      submit={t(webhook ? 'common.save' : 'webhooks.add')}
      action={save}
      onSubmit={() => {
        setChecked(true);
        if (data && !isUrlWrong) save.mutate({ ...data, event_types: data.event_types as WebhookEvent[] });
      }}
      testId="webhook-dialog"
    >
      <TextField
        label={t('webhooks.url')}
        hint={t('webhooks.url_hint')}
        error={isChecked && isUrlWrong ? t('webhooks.url_wrong') : undefined}
        type="url"
        placeholder="https://"
        maxLength={2_000}
        required
        autoFocus
        autoComplete="off"
        spellCheck={false}
        className="font-mono"
        value={url}
        onChange={(event) => setUrl(event.target.value)}
        data-testid="webhook-url"
      />
      <TextField
        label={t('webhooks.description')}
        maxLength={300}
        autoComplete="off"
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <EventChoice types={types} onChoose={setTypes} />
    </FormDialog>
  );
}

interface EventChoiceProps {
  types: readonly string[];
  onChoose: (types: readonly string[]) => void;
}

/** Which events; none chosen means every one. */
function EventChoice({ types, onChoose }: EventChoiceProps) {
  const { t } = useTranslation();
  const toggle = (type: string, isOn: boolean) =>
    onChoose(isOn ? [...types, type] : types.filter((other) => other !== type));
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">
        {t('webhooks.events')}{' '}
        <span className="font-normal text-muted">
          {types.length === 0
            ? t('webhooks.every_event')
            : t('webhooks.event_count', { count: types.length })}
        </span>
      </legend>
      <div className="grid gap-x-4 gap-y-1.5 sm:grid-cols-2">
        {WEBHOOK_EVENT_TYPES.map((type) => (
          <CheckField
            key={type}
            label={<code className="font-mono text-xs">{type}</code>}
            checked={types.includes(type)}
            onChange={(event) => toggle(type, event.target.checked)}
          />
        ))}
      </div>
    </fieldset>
  );
}

function useSave(
  webhook: WebhookView | null,
  onDone: () => void,
  onCreated: ((secret: string | null) => void) | undefined,
) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: async (body: Wish): Promise<{ secret: string | null } | null> => {
      if (webhook) {
        await answerOf(api.PATCH('/api/v1/webhooks/{id}', { params: { path: { id: webhook.id } }, body }));
        return null;
      }
      const header = headerFor(body);
      const { secret } = await answerOf(api.POST('/api/v1/webhooks', { params: { header }, body }));
      return { secret };
    },
    onSuccess: async (made) => {
      toast(t('common.saved'));
      onDone();
      if (made) onCreated?.(made.secret);
      await client.invalidateQueries({ queryKey: ['webhooks'] });
    },
  });
}
