import { useState } from 'react';
import type { ContractView } from '#contracts/offerings.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed, useSession } from '../identity/session.ts';
import { When } from '../widgets/when.tsx';
import { AcceptContractDialog, EndContractDialog } from './agreement-dialogs.tsx';
import { ContractHistoryDialog } from './contract-history-dialog.tsx';
import { CONTRACT_LOOKS } from './looks.ts';
import { OfferingLink } from './parts.tsx';
import { PriceDialog } from './price-dialog.tsx';
import { PriceLine } from './price-line.tsx';

type Layer = { kind: 'accept' | 'end' | 'price' | 'history'; contract: ContractView };

interface ContractTableProps {
  label: string;
  rows: readonly ContractView[];
  /** Where the list has both sides. */
  isSideShown?: boolean;
}

/** Contracts on either side, with what the reader may do about each. */
export function ContractTable({ label, rows, isSideShown = false }: ContractTableProps) {
  const { t } = useTranslation();
  const own = useSession().organisation.id;
  const [layer, setLayer] = useState<Layer | null>(null);
  const columns: Column<ContractView>[] = [
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
    ...(isSideShown
      ? [
          {
            id: 'side',
            header: t('contract.side'),
            isSecondary: true,
            cell: ({ provider }: ContractView) => t(provider.id === own ? 'side.provided' : 'side.consumed'),
          },
        ]
      : []),
    ...termColumns(t),
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (contract) => (
        <Actions
          contract={contract}
          isProvider={contract.provider.id === own}
          onOpen={(kind) => setLayer({ kind, contract })}
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
        rowTestId={({ offering }) => `contract-${offering.model_name}`}
      />
      <Layers layer={layer} own={own} onClose={() => setLayer(null)} />
    </>
  );
}

function termColumns(t: Translate): Column<ContractView>[] {
  return [
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state }) => <Chip {...CONTRACT_LOOKS[state]}>{t(`agreement_state.${state}`)}</Chip>,
    },
    {
      id: 'price',
      header: t('market.price_header'),
      isSecondary: true,
      cell: ({ price }) => <PriceLine price={price} />,
    },
    {
      id: 'starts',
      header: t('contract.starts'),
      className: 'hidden lg:table-cell',
      cell: ({ starts_at: at }) => <When iso={at} />,
    },
    {
      id: 'ends',
      header: t('contract.ends'),
      className: 'hidden lg:table-cell',
      cell: ({ ends_at: at }) => <When iso={at} absent={t('market.open_end')} />,
    },
  ];
}

interface ActionsProps {
  contract: ContractView;
  isProvider: boolean;
  onOpen: (kind: Layer['kind']) => void;
}

function Actions({ contract, isProvider, onOpen }: ActionsProps) {
  const { t } = useTranslation();
  const mayConsume = useIsAllowed('consumption.write');
  const mayPrice = useIsAllowed('prices.write');
  const { state } = contract;
  const name = isProvider ? contract.consumer.name : contract.offering.model_name;
  return (
    <span className="flex flex-col items-end md:flex-row md:justify-end md:gap-1">
      {mayConsume && !isProvider && state === 'proposed' && (
        <Button
          size="sm"
          variant="primary"
          aria-label={t('contract.accept_of', { name })}
          onClick={() => onOpen('accept')}
          data-testid="contract-accept"
        >
          {t('contract.accept')}
        </Button>
      )}
      <Button
        size="sm"
        variant="ghost"
        aria-label={t('contract.terms_of', { name })}
        onClick={() => onOpen('history')}
      >
        {t('contract.terms')}
      </Button>
      {mayPrice && isProvider && state !== 'ended' && (
        <Button
          size="sm"
          variant="ghost"
          aria-label={t('contract.price_of', { name })}
          onClick={() => onOpen('price')}
        >
          {t('market.set_price')}
        </Button>
      )}
      {mayConsume && state !== 'ended' && (
        <Button
          size="sm"
          variant="ghost"
          className="text-danger!"
          aria-label={t('contract.end_of', { name })}
          onClick={() => onOpen('end')}
        >
          {t('contract.end')}
        </Button>
      )}
    </span>
  );
}

function Layers({ layer, own, onClose }: { layer: Layer | null; own: string; onClose: () => void }) {
  const { t } = useTranslation();
  if (layer === null) return null;
  const { contract } = layer;
  const isProvider = contract.provider.id === own;
  switch (layer.kind) {
    case 'accept':
      return <AcceptContractDialog contract={contract} onClose={onClose} />;
    case 'end':
      return <EndContractDialog {...{ contract, isProvider, onClose }} />;
    case 'price': {
      const name = t('contract.with', { name: contract.consumer.name });
      return (
        <PriceDialog
          of={{ kind: 'contract', id: contract.id, name }}
          price={contract.price}
          onClose={onClose}
        />
      );
    }
    case 'history':
      return <ContractHistoryDialog contract={contract} onClose={onClose} />;
  }
}
