import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { describeProblem } from '../api/describe-problem.ts';
import { ProblemError } from '../api/problem-error.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import type { FileFault, ImportOutcome } from './read-export.ts';
import { importFile } from './read-export.ts';

interface ImportButtonProps {
  /** The chat project that they are put into. */
  projectId: string | null;
}

/** Takes in conversations that were downloaded as JSON, here or elsewhere: new ones, private, one's own. */
export function ImportButton({ projectId }: ImportButtonProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [outcomes, setOutcomes] = useState<readonly ImportOutcome[]>([]);
  const take = useMutation({
    mutationFn: async (files: readonly File[]) => {
      const done: ImportOutcome[] = [];
      for (const file of files) done.push(await importFile(file, projectId));
      return done;
    },
    onSuccess: async (done) => {
      const taken = done.filter(({ id }) => id !== null);
      if (taken.length > 0) toast(t('import.done', { count: taken.length }));
      if (taken.length < done.length) setOutcomes(done.filter(({ id }) => id === null));
      await client.invalidateQueries({ queryKey: ['workbench'] });
      const [only] = taken;
      if (done.length === 1 && only?.id)
        await navigate({
          to: '/chat',
          search: (old) => ({
            ...(old.project ? { project: old.project } : {}),
            conversation: only.id ?? '',
          }),
        });
    },
  });
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        multiple
        hidden
        aria-label={t('import.title')}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          // The same file may be chosen again.
          target.value = '';
          if (files.length > 0) take.mutate(files);
        }}
        data-testid="chat-import-file"
      />
      <IconButton
        label={t('import.title')}
        icon={<Upload className="size-4" />}
        disabled={take.isPending}
        onClick={() => input.current?.click()}
        data-testid="chat-import"
      />
      {(outcomes.length > 0 || take.isError) && (
        <Failures
          {...{ outcomes, error: take.error }}
          onAgain={() => input.current?.click()}
          onClose={() => {
            setOutcomes([]);
            take.reset();
          }}
        />
      )}
    </>
  );
}

interface FailuresProps {
  outcomes: readonly ImportOutcome[];
  error: unknown;
  onAgain: () => void;
  onClose: () => void;
}

function Failures({ outcomes, error, onAgain, onClose }: FailuresProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('import.failed', { count: Math.max(1, outcomes.length) })}
      description={t('import.failed_text')}
      testId="chat-import-failed"
      footer={<Button onClick={onAgain}>{t('import.again')}</Button>}
    >
      <ul className="flex flex-col gap-2 p-5">
        {outcomes.map(({ name, fault }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name.
          <li key={index} className="text-sm">
            <span className="block font-medium break-words">{name}</span>
            <span className="text-muted">{wordsOf(fault, t)}</span>
          </li>
        ))}
      </ul>
      {error !== null && <ErrorState error={error} className="mx-5 mb-5" />}
    </Dialog>
  );
}

function wordsOf(fault: unknown, t: Translate): string {
  if (!(fault instanceof ProblemError)) return t(`import.fault_${fault as FileFault}`);
  const { title, detail } = describeProblem(fault, t);
  return [title, detail].filter(Boolean).join(' ');
}
