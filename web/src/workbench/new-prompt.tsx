import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { newIdempotencyKey } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { CheckField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { NAME_CHARS_MAX, PromptContentField } from './prompt-content-field.tsx';
import { createPrompt } from './prompts.ts';

interface NewPromptProps {
  onMade: (id: string) => void;
  onCancel: () => void;
}

export function NewPrompt({ onMade, onCancel }: NewPromptProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const mayManage = useIsAllowed('workbench.manage');
  const intent = useRef(newIdempotencyKey());
  const [name, setName] = useState('');
  const [content, setContent] = useState('');
  const [isForAll, setForAll] = useState(false);
  const create = useMutation({
    mutationFn: () =>
      createPrompt({ name: name.trim(), content, for: isForAll ? 'organisation' : 'me' }, intent.current),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ['workbench', 'prompts'] });
      onMade(id);
    },
    // What is sent next may say something else.
    onError: () => {
      intent.current = newIdempotencyKey();
    },
  });
  const isReady = name.trim() !== '' && content.trim() !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !create.isPending) create.mutate();
  };
  return (
    <Card title={t('prompts.new')}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField
          label={t('prompts.name')}
          maxLength={NAME_CHARS_MAX}
          value={name}
          onChange={(event) => setName(event.target.value)}
          data-testid="prompt-name"
        />
        <PromptContentField value={content} hint={t('chat.system_placeholder')} onChange={setContent} />
        {mayManage && (
          <CheckField
            label={t('prompts.make_for_all')}
            hint={t('prompts.make_for_all_text')}
            checked={isForAll}
            onChange={(event) => setForAll(event.target.checked)}
            data-testid="prompt-for-all"
          />
        )}
        {create.isError && <ErrorState error={create.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onCancel}>{t('common.cancel')}</Button>
          <Button
            type="submit"
            variant="primary"
            isBusy={create.isPending}
            disabled={!isReady}
            data-testid="prompt-create"
          >
            {t('prompts.create')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
