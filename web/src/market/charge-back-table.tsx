import type { infer as Infer } from 'zod';
import type { chargeBackSchema } from '#contracts/wallets.ts';
import { type Column, Table } from '../design/table.tsx';
import { Amount } from '../finops/cost-tiles.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { OfferingLink } from './parts.tsx';

export type ChargeBackRow = Infer<typeof chargeBackSchema>['consumed']['rows'][number];

interface ChargeBackTableProps {
  label: string;
  rows: readonly ChargeBackRow[];
  /** Left out where all rows are of one. */
  isOfferingShown?: boolean;
}

export function sumOf(rows: readonly ChargeBackRow[]): number {
  return rows.reduce((sum, row) => sum + row.usage_micros + row.fee_micros, 0);
}

/** What one organisation owes another: by offering and contract, with fees. Both sides read the same sums. */
export function ChargeBackTable({ label, rows, isOfferingShown = true }: ChargeBackTableProps) {
  const { t, format } = useTranslation();
  const columns: Column<ChargeBackRow>[] = [
    {
      id: 'organisation',
      header: t('market.organisation'),
      cell: ({ organisation, offering, contract_id: contract }) => (
        <>
          <span className="block font-medium">{organisation.name}</span>
          {isOfferingShown && <OfferingLink offering={{ id: offering.id, model_name: offering.name }} />}
          {contract !== null && <span className="block text-xs text-muted">{t('use_source.contract')}</span>}
        </>
      ),
    },
    {
      id: 'requests',
      header: t('usage.requests'),
      align: 'end',
      cell: ({ requests }) => <span className="tabular">{format.number(requests)}</span>,
    },
    {
      id: 'in',
      header: t('usage.input'),
      align: 'end',
      isSecondary: true,
      cell: ({ prompt_tokens: tokens }) => <span className="tabular">{format.number(tokens)}</span>,
    },
    {
      id: 'out',
      header: t('usage.output'),
      align: 'end',
      isSecondary: true,
      cell: ({ completion_tokens: tokens }) => <span className="tabular">{format.number(tokens)}</span>,
    },
    {
      id: 'fees',
      header: t('wallet.fees'),
      align: 'end',
      isSecondary: true,
      cell: ({ fee_micros: micros }) => <span className="tabular">{format.money(micros)}</span>,
    },
    {
      id: 'amount',
      header: t('intervals.amount'),
      align: 'end',
      cell: (row) => (
        <span className="tabular font-medium">
          <Amount micros={row.usage_micros + row.fee_micros} />
        </span>
      ),
    },
  ];
  return (
    <Table
      label={label}
      columns={columns}
      rows={rows}
      rowKey={({ organisation, offering, contract_id: contract }) =>
        `${organisation.id} ${offering.id} ${contract}`
      }
    />
  );
}

export const CHARGE_BACK_HEAD = [
  'organisation',
  'offering',
  'contract_id',
  'requests',
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'usage_eur',
  'fee_eur',
] as const;

const MICROS_PER_EURO = 1_000_000;

export function chargeBackCells(row: ChargeBackRow): (string | number | null)[] {
  return [
    row.organisation.slug,
    row.offering.name,
    row.contract_id,
    row.requests,
    row.prompt_tokens,
    row.cached_tokens,
    row.completion_tokens,
    row.usage_micros / MICROS_PER_EURO,
    row.fee_micros / MICROS_PER_EURO,
  ];
}
