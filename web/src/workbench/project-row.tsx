import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Archive, ArchiveRestore, Building2, Lock, Pencil, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { ChatProjectView } from '#contracts/workbench.ts';
import { Button, IconButton } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { changeChatProject, deleteChatProject } from './chat-projects.ts';

const NAME_CHARS_MAX = 100;

interface ProjectRowProps {
  project: ChatProjectView;
  onOpen: (id: string) => void;
  onGone: (id: string) => void;
}

/** One chat project. Archiving and sharing ask nothing: the button that undoes them is the same. */
export function ProjectRow({ project, onOpen, onGone }: ProjectRowProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<'rename' | 'delete' | null>(null);
  const { change, remove } = useProjectChanges(project.id, onGone);
  const mayManage = useIsAllowed('workbench.manage');
  const isArchived = project.archived_at !== null;
  const isForAll = project.sharing === 'organisation';
  const Sharing = isForAll ? Building2 : Lock;
  return (
    <li
      className="border-b border-border px-5 py-2.5 last:border-0"
      data-testid={`chat-project-${project.name}`}
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <button
          type="button"
          className="min-w-0 flex-1 basis-40 text-left"
          onClick={() => onOpen(project.id)}
          title={t('folders.open', { name: project.name })}
        >
          <span className="block truncate font-medium hover:underline">{project.name}</span>
          <span className="flex flex-wrap items-center gap-x-1.5 text-xs text-muted">
            <Sharing aria-hidden className="size-3.5 shrink-0" />
            {t(isForAll ? 'folders.for_all' : 'folders.for_me')}
            {!project.is_own && ` · ${project.owner.username}`}
            {' · '}
            {t('folders.count', { count: project.conversations })}
            {isArchived && ` · ${t('folders.archived')}`}
          </span>
        </button>
        {(project.is_own || mayManage) && (
          <ProjectButtons
            {...{ project, change }}
            onAsk={(question) => setAsked(asked === question ? null : question)}
          />
        )}
      </div>
      {asked === 'rename' && (
        <Rename
          project={project}
          isBusy={change.isPending}
          onRename={(name) => change.mutate({ name }, { onSuccess: () => setAsked(null) })}
        />
      )}
      {asked === 'delete' && (
        <div className="mt-2 flex flex-wrap items-center gap-2">
          <p className="min-w-0 flex-1 basis-full text-sm text-muted sm:basis-52">
            {t('folders.delete_text', { count: project.conversations })}
          </p>
          <Button size="sm" onClick={() => setAsked(null)}>
            {t('common.cancel')}
          </Button>
          <Button
            size="sm"
            variant="danger"
            isBusy={remove.isPending}
            onClick={() => remove.mutate()}
            data-testid="chat-project-delete-confirm"
          >
            {t('folders.delete')}
          </Button>
        </div>
      )}
      {change.isError && <ErrorState error={change.error} className="mt-2" />}
      {remove.isError && <ErrorState error={remove.error} className="mt-2" />}
    </li>
  );
}

interface ProjectButtonsProps {
  project: ChatProjectView;
  change: ReturnType<typeof useProjectChanges>['change'];
  onAsk: (question: 'rename' | 'delete') => void;
}

function ProjectButtons({ project, change, onAsk }: ProjectButtonsProps) {
  const { t } = useTranslation();
  const isArchived = project.archived_at !== null;
  const isForAll = project.sharing === 'organisation';
  return (
    <span className="flex items-center">
      {project.is_own && !isArchived && (
        <IconButton
          label={t(isForAll ? 'folders.unshare_of' : 'folders.share_of', { name: project.name })}
          icon={isForAll ? <Lock className="size-4" /> : <Building2 className="size-4" />}
          disabled={change.isPending}
          onClick={() => change.mutate({ sharing: isForAll ? 'private' : 'organisation' })}
          data-testid="chat-project-share"
        />
      )}
      <IconButton
        label={t('folders.rename_of', { name: project.name })}
        icon={<Pencil className="size-4" />}
        onClick={() => onAsk('rename')}
        data-testid="chat-project-rename"
      />
      <IconButton
        label={t(isArchived ? 'folders.restore_of' : 'folders.archive_of', { name: project.name })}
        icon={isArchived ? <ArchiveRestore className="size-4" /> : <Archive className="size-4" />}
        disabled={change.isPending}
        onClick={() => change.mutate({ archived: !isArchived })}
        data-testid="chat-project-archive"
      />
      <IconButton
        label={t('folders.delete_of', { name: project.name })}
        icon={<Trash2 className="size-4" />}
        onClick={() => onAsk('delete')}
        data-testid="chat-project-delete"
      />
    </span>
  );
}

interface RenameProps {
  project: ChatProjectView;
  isBusy: boolean;
  onRename: (name: string) => void;
}

function Rename({ project, isBusy, onRename }: RenameProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(project.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') onRename(name.trim());
  };
  return (
    <form className="mt-2 flex items-center gap-2" onSubmit={submit}>
      <input
        className="control min-w-0 flex-1"
        aria-label={t('folders.name')}
        maxLength={NAME_CHARS_MAX}
        value={name}
        onChange={(event) => setName(event.target.value)}
        data-testid="chat-project-rename-input"
      />
      <Button type="submit" size="sm" isBusy={isBusy} disabled={name.trim() === ''}>
        {t('chat.rename_confirm')}
      </Button>
    </form>
  );
}

function useProjectChanges(id: string, onGone: (id: string) => void) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['workbench'] });
  const change = useMutation({
    mutationFn: (changes: Parameters<typeof changeChatProject>[1]) => changeChatProject(id, changes),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: () => deleteChatProject(id),
    onSuccess: async () => {
      onGone(id);
      await refresh();
    },
  });
  return { change, remove };
}
