import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Receipt, Server, UserX } from 'lucide-react';
import { useState } from 'react';
import type { DeletionView } from '#contracts/organisations.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { Consequence } from '../../design/consequence.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { TextField } from '../../design/field.tsx';
import { useCostsNow } from '../../finops/use-costs-now.ts';
import { useTranslation } from '../../i18n/use-translation.ts';
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx';
import { When } from '../../widgets/when.tsx';
import { Actor } from '../actor.tsx';
import { useIsAllowed, useSession } from '../session.ts';
import { deletionQuery } from './queries.ts';

/** The end of the organisation: asked for by an owner, watched by everybody, and called off until it is done. */
export function DeletionCard() {
  const { t } = useTranslation();
  const mayDelete = useIsAllowed('organisation.delete');
  const deletion = useQuery(deletionQuery);
  const [isAsking, setAsking] = useState(false);
  if (deletion.data) return <RunningDeletion deletion={deletion.data} mayCancel={mayDelete} />;
  if (!mayDelete) return null;
  return (
    <Card title={t('org.delete')} className="border-danger/40!">
      <div className="flex flex-wrap items-center gap-4">
        <p className="min-w-0 flex-1 basis-72 text-muted">{t('org.delete_text')}</p>
        <Button variant="danger" onClick={() => setAsking(true)} data-testid="org-delete">
          {t('org.delete')}
        </Button>
      </div>
      {isAsking && <DeleteDialog onClose={() => setAsking(false)} />}
    </Card>
  );
}

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const { t, format } = useTranslation();
  const client = useQueryClient();
  const { organisation } = useSession();
  const { costs } = useCostsNow();
  const [typed, setTyped] = useState('');
  const end = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/organisation', { params: { query: { confirm: organisation.slug } } })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['organisation'] });
    },
  });
  const icon = 'mt-0.5 size-5 text-danger';
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('org.delete_title', { name: organisation.name })}
      confirm={t('org.delete')}
      action={end}
      onConfirm={() => end.mutate()}
      isBlocked={typed !== organisation.slug}
      testId="org-delete-dialog"
    >
      <ul className="flex flex-col gap-3">
        <Consequence icon={<Server aria-hidden className={icon} />}>
          {costs
            ? t('org.delete_machines', { price: `${format.unitPrice(costs.micros_per_hour)}/h` })
            : t('org.delete_machines_unpriced')}
        </Consequence>
        <Consequence icon={<KeyRound aria-hidden className={icon} />}>{t('org.delete_keys')}</Consequence>
        <Consequence icon={<UserX aria-hidden className={icon} />}>{t('org.delete_people')}</Consequence>
        <Consequence icon={<Receipt aria-hidden className="mt-0.5 size-5 text-muted" />}>
          {t('org.delete_bills')}
        </Consequence>
      </ul>
      <TextField
        label={t('org.delete_type', { slug: organisation.slug })}
        value={typed}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
        className="font-mono"
        data-testid="org-delete-slug"
      />
    </ConfirmDialog>
  );
}

function RunningDeletion({ deletion, mayCancel }: { deletion: DeletionView; mayCancel: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/organisation/deletion')),
    onSuccess: () => client.invalidateQueries({ queryKey: ['organisation'] }),
  });
  return (
    <Card title={t('org.deleting')} className="border-danger/40!">
      <p>
        <Actor actor={deletion.asked_by} /> · <When iso={deletion.asked_at} />
      </p>
      <p className="mt-1 text-muted" role="status">
        {t('org.deleting_left', { machines: deletion.machines_left, volumes: deletion.volumes_left })}
      </p>
      {cancel.isError && <ErrorState error={cancel.error} className="mt-4" />}
      {mayCancel && (
        <Button className="mt-4" isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          {t('org.keep')}
        </Button>
      )}
    </Card>
  );
}
