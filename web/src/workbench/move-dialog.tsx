import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ChatProjectView, ConversationView } from '#contracts/workbench.ts';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Loaded } from '../widgets/loaded.tsx';
import { chatProjectsQuery, moveConversation } from './chat-projects.ts';

interface MoveDialogProps {
  conversation: ConversationView;
  onClose: () => void;
}

/** Into which chat project. The choice counts at once, and another one takes it back. */
export function MoveDialog({ conversation, onClose }: MoveDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const projects = useQuery(chatProjectsQuery);
  const move = useMutation({
    mutationFn: (projectId: string | null) => moveConversation(conversation.id, projectId),
    onSuccess: () => client.invalidateQueries({ queryKey: ['workbench'] }),
  });
  const chosen = move.isPending ? move.variables : conversation.project_id;
  const option = (id: string | null, name: string, note?: string) => (
    <label key={id ?? 'none'} className="flex items-start gap-3 rounded-md p-2.5 hover:bg-text/5">
      <input
        type="radio"
        name="project"
        className="mt-1"
        checked={id === chosen}
        disabled={move.isPending}
        onChange={() => move.mutate(id)}
        data-testid={`chat-move-${id === null ? 'none' : name}`}
      />
      <span className="min-w-0">
        <span className="block truncate font-medium">{name}</span>
        {note !== undefined && <span className="block text-sm text-muted">{note}</span>}
      </span>
    </label>
  );
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('folders.move')}
      description={t('folders.move_text')}
      testId="chat-move-dialog"
    >
      <Loaded query={projects}>
        {(data: readonly ChatProjectView[]) => (
          <fieldset className="flex flex-col gap-1 p-5">
            <legend className="sr-only">{t('folders.move')}</legend>
            {option(null, t('folders.none'))}
            {data
              .filter(({ id, archived_at: at }) => at === null || id === conversation.project_id)
              .map(({ id, name, sharing }) =>
                option(id, name, sharing === 'organisation' ? t('folders.for_all_note') : undefined),
              )}
            {data.length === 0 && <p className="px-2.5 text-sm text-muted">{t('folders.empty_text')}</p>}
          </fieldset>
        )}
      </Loaded>
      {move.isError && <ErrorState error={move.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
