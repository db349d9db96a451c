import { useState } from 'react';
import type { EntitlementView } from '#contracts/offerings.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { When } from '../widgets/when.tsx';
import { EndUseDialog } from './agreement-dialogs.tsx';
import { ENTITLEMENT_LOOKS } from './looks.ts';
import { AllowanceLine, OfferingLink } from './parts.tsx';
import { PriceLine } from './price-line.tsx';

interface EntitlementTableProps {
  label: string;
  rows: readonly EntitlementView[];
  /** From the side of who serves; else of who uses. */
  isProvider: boolean;
  onCode?: (modelName: string) => void;
}

/** Who may use which offering, how it is paid, and until when. */
export function EntitlementTable({ label, rows, isProvider, onCode }: EntitlementTableProps) {
  const { t } = useTranslation();
  const [ending, setEnding] = useState<EntitlementView | null>(null);
  const columns: Column<EntitlementView>[] = [
    {
      id: 'who',
      header: t(isProvider ? 'market.organisation' : 'offering.one'),
      cell: ({ provider, consumer, offering }) => (
        <>
          <span className="block font-medium">{isProvider ? consumer.name : provider.name}</span>
          {isProvider ? (
            <code className="font-mono text-xs text-muted">{consumer.slug}</code>
          ) : (
            <OfferingLink offering={offering} />
          )}
        </>
      ),
    },
    ...termColumns(t),
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (row) =>
        row.state !== 'ended' && (
          <Actions
            name={isProvider ? row.consumer.name : row.offering.model_name}
            {...(onCode ? { onCode: () => onCode(row.offering.model_name) } : {})}
            onEnd={() => setEnding(row)}
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
        rowTestId={({ offering }) => `use-${offering.model_name}`}
      />
      {ending && (
        <EndUseDialog entitlement={ending} isProvider={isProvider} onClose={() => setEnding(null)} />
      )}
    </>
  );
}

/** What holds between the two, from whichever side it is read. */
function termColumns(t: Translate): Column<EntitlementView>[] {
  return [
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ state, source }) => (
        <>
          <Chip {...ENTITLEMENT_LOOKS[state]}>{t(`agreement_state.${state}`)}</Chip>
          <span className="mt-0.5 block text-xs text-muted">{t(`use_source.${source}`)}</span>
        </>
      ),
    },
    {
      id: 'price',
      header: t('market.price_header'),
      className: 'hidden lg:table-cell',
      cell: ({ price, source }) => {
        if (source === 'free' || source === 'trial') return t('market.free');
        // Beyond what a plan includes, and without a list price there is nothing beyond it.
        return source === 'subscription' && price === null ? '–' : <PriceLine price={price} />;
      },
    },
    {
      id: 'allowance',
      header: t('market.allowance_title'),
      isSecondary: true,
      cell: ({ allowance }) => <AllowanceLine allowance={allowance} />,
    },
    {
      id: 'since',
      header: t('market.since'),
      isSecondary: true,
      cell: ({ starts_at: at }) => <When iso={at} />,
    },
    {
      id: 'until',
      header: t('market.ends'),
      className: 'hidden lg:table-cell',
      cell: ({ ends_at: at }) => <When iso={at} absent={t('market.open_end')} />,
    },
  ];
}

interface ActionsProps {
  name: string;
  onCode?: () => void;
  onEnd: () => void;
}

function Actions({ name, onCode, onEnd }: ActionsProps) {
  const { t } = useTranslation();
  const mayEnd = useIsAllowed('consumption.write');
  return (
    <span className="flex flex-col items-end md:flex-row md:justify-end md:gap-1">
      {onCode && (
        <Button size="sm" variant="ghost" aria-label={t('market.code_of', { name })} onClick={onCode}>
          {t('market.code')}
        </Button>
      )}
      {mayEnd && (
        <Button
          size="sm"
          variant="ghost"
          className="text-danger!"
          aria-label={t('use.end_of', { name })}
          onClick={onEnd}
        >
          {t('use.end')}
        </Button>
      )}
    </span>
  );
}
