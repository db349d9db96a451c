import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon, ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import type { SweepView } from '#contracts/sweep.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { providerName } from '../providers/provider-name.ts';
import { toast } from '../shell/toaster.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';
import { sweepQuery } from './queries.ts';

type Round = SweepView['rounds'][number];
type Finding = SweepView['findings'][number];

const ROUNDS_SHOWN = 10;
const ROUND_LOOKS: Record<Round['state'], { tone: Tone; icon: LucideIcon }> = {
  acting: { tone: 'info', icon: LoaderCircle },
  complete: { tone: 'ok', icon: CircleCheck },
  void: { tone: 'warn', icon: CircleX },
};

/** What exists at the providers and nobody wants: what is held until a person confirms, findings, rounds. */
export function SweepCards() {
  const { t } = useTranslation();
  const sweep = useQuery(sweepQuery);
  const reconcile = useReconcile();
  return (
    <Card
      isFlush
      title={t('sweep.title')}
      note={t('sweep.note')}
      actions={
        <Button
          size="sm"
          isBusy={reconcile.isPending}
          onClick={() => reconcile.mutate()}
          data-testid="reconcile"
        >
          {t('sweep.reconcile')}
        </Button>
      }
    >
      {reconcile.isError && <ErrorState error={reconcile.error} className="mx-4 mb-4" />}
      <Loaded query={sweep}>
        {(view) => (
          <>
            {view.held.map((round) => (
              <Held key={round.id} round={round} />
            ))}
            <Findings findings={view.findings} />
            <Rounds rounds={view.rounds.slice(0, ROUNDS_SHOWN)} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function useReconcile() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/reconcile', { params: { header: headerFor(Date.now()) }, body: {} })),
    onSuccess: () => toast(t('sweep.reconciling')),
    onSettled: () => client.invalidateQueries({ queryKey: ['sweep'] }),
  });
}

/** A round that would delete more than is usual, or that follows a restored database: a person looks first. */
function Held({ round }: { round: Round }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const confirm = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/sweep/confirm', { body: { round: round.id } })),
    onSuccess: async ({ findings }) => {
      toast(t('sweep.confirmed', { count: findings }));
      setAsking(false);
      await client.invalidateQueries({ queryKey: ['sweep'] });
    },
  });
  return (
    <div className="mx-4 mb-4 flex flex-wrap items-center gap-3 rounded-lg border border-warn/40 bg-warn/8 p-4">
      <ShieldAlert aria-hidden className="size-5 shrink-0 text-warn" />
      <p className="min-w-0 flex-1 basis-72">
        {t(round.held === 'restored' ? 'sweep.held_restored' : 'sweep.held_breaker', {
          provider: providerName(round.provider),
          count: round.reported,
        })}
      </p>
      <Button variant="danger" size="sm" onClick={() => setAsking(true)}>
        {t('sweep.confirm')}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('sweep.confirm_title', { count: round.reported })}
        confirm={t('sweep.confirm')}
        action={confirm}
        onConfirm={() => confirm.mutate()}
      >
        <p>{t('sweep.confirm_text', { provider: providerName(round.provider) })}</p>
      </ConfirmDialog>
    </div>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const { t } = useTranslation();
  if (findings.length === 0) {
    return (
      <p className="flex items-center gap-2 px-4 pb-4 text-sm text-muted">
        <CircleCheck aria-hidden className="size-4 text-ok" />
        {t('sweep.no_findings')}
      </p>
    );
  }
  const columns: Column<Finding>[] = [
    {
      id: 'what',
      header: t('audit.subject'),
      cell: ({ kind, ref, why }) => (
        <>
          <span className="block font-medium">{kind}</span>
          <code className="font-mono text-xs break-all text-muted">{ref}</code>
          <span className="block text-xs text-muted">{why}</span>
        </>
      ),
    },
    {
      id: 'where',
      header: t('sweep.where'),
      isSecondary: true,
      cell: ({ provider, zone }) => `${providerName(provider)} · ${zone}`,
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state }) => (
        <Chip
          tone={state === 'held' ? 'warn' : state === 'gone' ? 'ok' : 'info'}
          icon={state === 'gone' ? CircleCheck : CircleDashed}
        >
          {t(`finding.${state}`)}
        </Chip>
      ),
    },
    { id: 'seen', header: t('sweep.seen'), cell: ({ last_seen_at: at }) => <When iso={at} /> },
  ];
  return <Table label={t('sweep.findings')} columns={columns} rows={findings} rowKey={({ id }) => id} />;
}

function Rounds({ rounds }: { rounds: readonly Round[] }) {
  const { t, format } = useTranslation();
  if (rounds.length === 0) return null;
  const number = (value: number) => format.number(value);
  const columns: Column<Round>[] = [
    {
      id: 'where',
      header: t('providers.provider'),
      cell: ({ provider, account }) => (
        <>
          {providerName(provider)}
          {account !== '' && <code className="block font-mono text-xs text-muted">{account}</code>}
        </>
      ),
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state, errors }) => (
        <span title={errors.join('\n')}>
          <Chip {...ROUND_LOOKS[state]} isWorking={state === 'acting'}>
            {t(`round.${state}`)}
          </Chip>
        </span>
      ),
    },
    { id: 'listed', header: t('sweep.listed'), align: 'end', cell: ({ listed }) => number(listed) },
    {
      id: 'wanted',
      header: t('sweep.wanted'),
      align: 'end',
      isSecondary: true,
      cell: ({ wanted }) => number(wanted),
    },
    { id: 'orphans', header: t('sweep.orphans'), align: 'end', cell: ({ orphans }) => number(orphans) },
    {
      id: 'gone',
      header: t('sweep.gone'),
      align: 'end',
      isSecondary: true,
      cell: ({ gone }) => number(gone),
    },
    { id: 'at', header: t('chart.time'), cell: ({ started_at: at }) => <When iso={at} /> },
  ];
  return <Table label={t('sweep.rounds')} columns={columns} rows={rounds} rowKey={({ id }) => id} />;
}
