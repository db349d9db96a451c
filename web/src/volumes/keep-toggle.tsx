import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { answerOf, api } from '../api/client.ts';
import { describeProblem } from '../api/describe-problem.ts';
import type { InstanceVolume } from '../api/types.ts';
import { useTranslation } from '../i18n/use-translation.ts';

interface KeepToggleProps {
  instanceId: string;
  volume: InstanceVolume;
}

/** Whether a data volume survives the end of its machine. It costs until somebody deletes it. */
export function KeepToggle({ instanceId, volume }: KeepToggleProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const noteId = useId();
  const keep = useMutation({
    mutationFn: (isKept: boolean) =>
      answerOf(
        api.PATCH('/api/v1/instances/{id}/volumes/{volume_id}', {
          params: { path: { id: instanceId, volume_id: volume.id } },
          body: { keep: isKept },
        }),
      ),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['instances', 'detail', instanceId] });
      await client.invalidateQueries({ queryKey: ['volumes'] });
    },
  });
  const isKept = keep.isPending ? keep.variables : !volume.delete_on_terminate;
  const problem = keep.isError ? describeProblem(keep.error, t) : null;
  return (
    <div>
      <label className="flex w-fit items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={isKept}
          disabled={keep.isPending}
          aria-describedby={noteId}
          data-testid={`keep-${volume.id}`}
          onChange={(event) => keep.mutate(event.target.checked)}
        />
        {t('volumes.keep')}
      </label>
      <p id={noteId} className="mt-0.5 text-xs text-muted">
        {t(isKept ? 'volumes.keep_hint' : 'volumes.delete_hint')}
      </p>
      {problem && (
        <p role="alert" className="mt-0.5 text-xs text-danger">
          {problem.detail ?? problem.title}
        </p>
      )}
    </div>
  );
}
