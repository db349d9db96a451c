import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { FolderOpen, FolderPlus } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import type { ChatProjectView } from '#contracts/workbench.ts';
import { newIdempotencyKey } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Loaded } from '../widgets/loaded.tsx';
import { chatProjectsQuery, createChatProject } from './chat-projects.ts';
import { ProjectRow } from './project-row.tsx';

const NAME_CHARS_MAX = 100;

interface ProjectsDialogProps {
  onClose: () => void;
  /** Its conversations are to be shown. */
  onOpen: (id: string) => void;
  onGone: (id: string) => void;
}

/** All chat projects that one sees: made, named, shared, put away and deleted here. */
export function ProjectsDialog({ onClose, onOpen, onGone }: ProjectsDialogProps) {
  const { t } = useTranslation();
  const projects = useQuery(chatProjectsQuery);
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('folders.title')}
      description={t('folders.text')}
      testId="chat-projects-dialog"
    >
      <NewProject />
      <Loaded query={projects}>
        {(data: readonly ChatProjectView[]) =>
          data.length === 0 ? (
            <EmptyState icon={FolderOpen} title={t('folders.empty')}>
              {t('folders.empty_text')}
            </EmptyState>
          ) : (
            <ul className="border-t border-border">
              {data.map((project) => (
                <ProjectRow key={project.id} {...{ project, onOpen, onGone }} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Dialog>
  );
}

function NewProject() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const intent = useRef(newIdempotencyKey());
  const create = useMutation({
    mutationFn: () => createChatProject({ name: name.trim() }, intent.current),
    onSuccess: async () => {
      intent.current = newIdempotencyKey();
      setName('');
      await client.invalidateQueries({ queryKey: ['workbench', 'projects'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '' && !create.isPending) create.mutate();
  };
  return (
    <form className="px-5 py-4" onSubmit={submit}>
      <div className="flex items-end gap-2">
        <TextField
          fieldClassName="min-w-0 flex-1"
          label={t('folders.new')}
          maxLength={NAME_CHARS_MAX}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            // Another wish than the one that was perhaps taken already.
            intent.current = newIdempotencyKey();
          }}
          data-testid="chat-project-name"
        />
        <Button
          type="submit"
          variant="primary"
          icon={<FolderPlus aria-hidden className="size-4" />}
          isBusy={create.isPending}
          disabled={name.trim() === ''}
          data-testid="chat-project-create"
        >
          {t('folders.create')}
        </Button>
      </div>
      {create.isError && <ErrorState error={create.error} className="mt-3" />}
    </form>
  );
}
