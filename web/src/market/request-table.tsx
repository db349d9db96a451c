import { useState } from 'react';
import type { AccessRequestView } from '#contracts/offerings.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed, useSession } from '../identity/session.ts';
import { When } from '../widgets/when.tsx';
import { ApproveDialog, RefuseDialog, WithdrawRequestDialog } from './answer-dialogs.tsx';
import { REQUEST_LOOKS } from './looks.ts';
import { OfferingLink } from './parts.tsx';

type Layer = { kind: 'approve' | 'refuse' | 'withdraw'; request: AccessRequestView };

/** What was asked for on either side, what was answered, and what the reader may do about it. */
export function RequestTable({ label, rows }: { label: string; rows: readonly AccessRequestView[] }) {
  const { t } = useTranslation();
  const own = useSession().organisation.id;
  const [layer, setLayer] = useState<Layer | null>(null);
  const close = () => setLayer(null);
  const columns: Column<AccessRequestView>[] = [
    {
      id: 'who',
      header: t('market.organisation'),
      cell: ({ provider, consumer, offering }) => (
        <>
          <span className="block font-medium">{provider.id === own ? consumer.name : provider.name}</span>
          <OfferingLink offering={offering} />
        </>
      ),
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state }) => <Chip {...REQUEST_LOOKS[state]}>{t(`request_state.${state}`)}</Chip>,
    },
    {
      id: 'words',
      header: t('request_to_us.words'),
      isSecondary: true,
      cell: ({ note, answer }) => (
        <span className="flex max-w-[48ch] flex-col gap-1 text-sm break-words">
          {note !== '' && <span>{note}</span>}
          {answer !== '' && <span className="text-muted">↳ {answer}</span>}
          {note === '' && answer === '' && <span className="text-muted">–</span>}
        </span>
      ),
    },
    {
      id: 'when',
      header: t('request_to_us.asked'),
      isSecondary: true,
      cell: ({ created_at: at }) => <When iso={at} />,
    },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (request) =>
        request.state === 'requested' && (
          <Actions
            request={request}
            isProvider={request.provider.id === own}
            onOpen={(kind) => setLayer({ kind, request })}
          />
        ),
    },
  ];
  return (
    <>
      <Table
        label={label}
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        rowTestId={({ offering }) => `request-${offering.model_name}`}
      />
      {layer?.kind === 'approve' && <ApproveDialog request={layer.request} onClose={close} />}
      {layer?.kind === 'refuse' && <RefuseDialog request={layer.request} onClose={close} />}
      {layer?.kind === 'withdraw' && <WithdrawRequestDialog request={layer.request} onClose={close} />}
    </>
  );
}

interface ActionsProps {
  request: AccessRequestView;
  isProvider: boolean;
  onOpen: (kind: Layer['kind']) => void;
}

function Actions({ request, isProvider, onOpen }: ActionsProps) {
  const { t } = useTranslation();
  const mayAnswer = useIsAllowed('prices.write');
  const mayWithdraw = useIsAllowed('consumption.write');
  const name = isProvider ? request.consumer.name : request.offering.model_name;
  if (!isProvider) {
    return (
      mayWithdraw && (
        <Button
          size="sm"
          variant="ghost"
          aria-label={t('request_of_us.withdraw_of', { name })}
          onClick={() => onOpen('withdraw')}
        >
          {t('request_of_us.withdraw')}
        </Button>
      )
    );
  }
  return (
    mayAnswer && (
      <span className="flex flex-col items-end gap-1 md:flex-row md:justify-end">
        <Button
          size="sm"
          variant="primary"
          aria-label={t('request_to_us.approve_title', { name })}
          onClick={() => onOpen('approve')}
          data-testid="request-approve"
        >
          {t('request_to_us.approve')}
        </Button>
        <Button
          size="sm"
          variant="ghost"
          className="text-danger!"
          aria-label={t('request_to_us.refuse_title', { name })}
          onClick={() => onOpen('refuse')}
        >
          {t('request_to_us.refuse')}
        </Button>
      </span>
    )
  );
}
