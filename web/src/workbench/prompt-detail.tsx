import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { MessageSquareText, Star, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { PromptView } from '#contracts/workbench.ts';
import { Button, buttonClass, IconButton } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { toast } from '../shell/toaster.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { NAME_CHARS_MAX, PromptContentField } from './prompt-content-field.tsx';
import { PromptVersions } from './prompt-versions.tsx';
import { changeDefaults, changePrompt, deletePrompt } from './prompts.ts';

interface PromptDetailProps {
  prompt: PromptView;
  onDeleted: () => void;
}

/** One prompt: what it says now, the way into a conversation, and what it said before. */
export function PromptDetail({ prompt, onDeleted }: PromptDetailProps) {
  const { t } = useTranslation();
  const mayManage = useIsAllowed('workbench.manage');
  const mayWrite = prompt.for === 'me' || mayManage;
  const [isDeleting, setDeleting] = useState(false);
  const { makeDefault, remove } = usePromptActions(prompt, onDeleted);
  return (
    <>
      <Card
        title={prompt.name}
        note={`${t(prompt.for === 'me' ? 'prompts.for_me' : 'prompts.for_all')} · ${t('prompts.version', { version: prompt.version })}`}
        actions={
          <>
            {prompt.for === 'organisation' && mayManage && (
              <IconButton
                label={t(prompt.is_default ? 'prompts.drop_default' : 'prompts.make_default')}
                icon={<Star className={prompt.is_default ? 'size-4 fill-current text-accent' : 'size-4'} />}
                aria-pressed={prompt.is_default}
                disabled={makeDefault.isPending}
                onClick={() => makeDefault.mutate()}
                data-testid="prompt-default"
              />
            )}
            {mayWrite && (
              <IconButton
                label={t('prompts.delete_of', { name: prompt.name })}
                icon={<Trash2 className="size-4" />}
                onClick={() => setDeleting(true)}
                data-testid="prompt-delete"
              />
            )}
            <Link
              to="/chat"
              search={{ prompt: prompt.id }}
              className={buttonClass({ size: 'sm', variant: 'primary' })}
              data-testid="prompt-use"
            >
              <MessageSquareText aria-hidden className="size-4" />
              {t('prompts.use')}
            </Link>
          </>
        }
      >
        {/* A version that came to be elsewhere begins the form anew. */}
        <PromptForm key={`${prompt.version} ${prompt.name}`} prompt={prompt} mayWrite={mayWrite} />
        {makeDefault.isError && <ErrorState error={makeDefault.error} className="mt-3" />}
      </Card>
      <PromptVersions prompt={prompt} mayWrite={mayWrite} />
      <ConfirmDialog
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        title={t('prompts.delete_of', { name: prompt.name })}
        confirm={t('chat.delete_confirm')}
        action={remove}
        onConfirm={() => remove.mutate()}
        testId="prompt-delete-dialog"
      >
        <p>{t('prompts.delete_text')}</p>
        {prompt.is_default && <p>{t('prompts.delete_default')}</p>}
      </ConfirmDialog>
    </>
  );
}

function PromptForm({ prompt, mayWrite }: { prompt: PromptView; mayWrite: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(prompt.name);
  const [content, setContent] = useState(prompt.content);
  const save = useMutation({
    mutationFn: () => changePrompt(prompt.id, { name: name.trim(), content }),
    onSuccess: async (after) => {
      toast(
        after.version === prompt.version
          ? t('prompts.renamed', { name: after.name })
          : t('prompts.saved', { version: after.version }),
      );
      await client.invalidateQueries({ queryKey: ['workbench', 'prompts'] });
    },
  });
  const isChanged = name.trim() !== prompt.name || content !== prompt.content;
  const isReady = isChanged && name.trim() !== '' && content.trim() !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !save.isPending) save.mutate();
  };
  if (!mayWrite) {
    return (
      <>
        <p className="mb-3 text-sm text-muted">{t('prompts.read_only')}</p>
        <pre className="rounded-md border border-border bg-surface p-3 font-mono text-sm leading-relaxed break-words whitespace-pre-wrap">
          {prompt.content}
        </pre>
      </>
    );
  }
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <TextField
        label={t('prompts.name')}
        maxLength={NAME_CHARS_MAX}
        value={name}
        onChange={(event) => setName(event.target.value)}
        data-testid="prompt-name"
      />
      <PromptContentField value={content} hint={t('prompts.content_hint')} onChange={setContent} />
      {save.isError && <ErrorState error={save.error} />}
      <div className="flex justify-end">
        <Button type="submit" isBusy={save.isPending} disabled={!isReady} data-testid="prompt-save">
          {content === prompt.content
            ? t('prompts.save_name')
            : t('prompts.save', { version: prompt.version + 1 })}
        </Button>
      </div>
    </form>
  );
}

function usePromptActions(prompt: PromptView, onDeleted: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['workbench'] });
  const makeDefault = useMutation({
    mutationFn: () => changeDefaults({ default_prompt_id: prompt.is_default ? null : prompt.id }),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: () => deletePrompt(prompt.id),
    onSuccess: async () => {
      toast(t('prompts.deleted', { name: prompt.name }));
      onDeleted();
      await refresh();
    },
  });
  return { makeDefault, remove };
}
