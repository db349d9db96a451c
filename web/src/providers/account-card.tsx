import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { When } from '../widgets/when.tsx';
import { AccountInspection } from './account-inspection.tsx';
import { providerName } from './provider-name.ts';

const LOOKS: Record<ProviderAccountView['check']['state'], { tone: Tone; icon: LucideIcon }> = {
  none: { tone: 'neutral', icon: CircleDashed },
  pending: { tone: 'info', icon: LoaderCircle },
  ok: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
};

interface AccountCardProps {
  account: ProviderAccountView;
  mayWrite: boolean;
  onRotate: () => void;
  onRemove: () => void;
}

export function AccountCard({ account, mayWrite, onRotate, onRemove }: AccountCardProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: () => {
      const path = { id: account.id };
      return answerOf(api.POST('/api/v1/provider-accounts/{id}/test', { params: { path } }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['provider-accounts'] }),
  });
  const { state, checked_at: checkedAt, message, error, inspection } = account.check;
  return (
    <Card
      title={account.name}
      note={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {providerName(account.provider)}
          <Chip {...LOOKS[state]} isWorking={state === 'pending'} testId="account-check">
            {t(`check.${state}`)}
          </Chip>
          {checkedAt !== null && <When iso={checkedAt} />}
        </span>
      }
      actions={
        mayWrite && (
          <>
            <Button
              size="sm"
              isBusy={check.isPending || state === 'pending'}
              onClick={() => check.mutate()}
              data-testid="account-check-now"
            >
              {t('providers.check')}
            </Button>
            <Button size="sm" onClick={onRotate}>
              {t('providers.rotate')}
            </Button>
            <Button size="sm" variant="ghost" className="text-danger!" onClick={onRemove}>
              {t('providers.remove')}
            </Button>
          </>
        )
      }
    >
      {check.isError && <ErrorState error={check.error} className="mb-3" />}
      {state === 'failed' && (
        <p className="mb-3 flex gap-2.5 rounded-lg border border-danger/40 bg-danger/6 p-3" role="alert">
          <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
          <span className="min-w-0 break-words">
            {t('providers.failed')} {message ?? error}
          </span>
        </p>
      )}
      <Rotation account={account} mayWrite={mayWrite} />
      {inspection ? (
        <AccountInspection inspection={inspection} />
      ) : (
        state !== 'failed' && <p className="text-muted">{t('providers.not_checked')}</p>
      )}
    </Card>
  );
}

/** How a new credential gets on, for as long as that matters. */
function Rotation({ account, mayWrite }: { account: ProviderAccountView; mayWrite: boolean }) {
  const { t, format } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => {
      const path = { id: account.id };
      return answerOf(api.DELETE('/api/v1/provider-accounts/{id}/rotation', { params: { path } }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['provider-accounts'] }),
  });
  const { state, message, error, former_until: until } = account.rotation;
  if (state === 'none' || (state === 'done' && until === null)) return null;
  const text =
    state === 'testing'
      ? t('rotation.testing')
      : state === 'refused'
        ? t('rotation.refused', { message: message ?? error ?? '' })
        : t('rotation.done', { until: format.dateTime(until ?? '') });
  return (
    <div
      className="mb-3 flex flex-wrap items-center gap-3 rounded-lg border border-border bg-surface p-3"
      role="status"
    >
      <p className="min-w-0 flex-1 basis-60 text-sm break-words">{text}</p>
      {state === 'testing' && mayWrite && (
        <Button size="sm" isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          {t('rotation.cancel')}
        </Button>
      )}
      {cancel.isError && <ErrorState error={cancel.error} className="w-full" />}
    </div>
  );
}
