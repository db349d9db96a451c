import {
  createColumnHelper,
  createSortedRowModel,
  type Row,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import type { InstanceView } from '#contracts/instances.ts';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { InstanceRow, MIDDLE, WIDE } from './instance-row.tsx';
import type { InstancesSearch, SortColumn } from './instances-search.ts';
import { SortHeader } from './sort-header.tsx';

const ROW_HEIGHT_PX = 68;
/** Below this the whole list is drawn: the browser's own find and printing then see all of it. */
const VIRTUAL_FROM_ROWS = 100;
/**
 * Measured against the card, not the window, because the navigation can be folded. Under 960 px the model moves below
 * the name, under 780 px the price below the cost; `InstanceRow` hides and shows the same cells.
 */
const GRID = [
  'grid items-center gap-x-3 px-3',
  'grid-cols-[minmax(140px,1.3fr)_minmax(112px,0.8fr)_minmax(180px,1fr)_80px_64px_28px]',
  '@min-[780px]:grid-cols-[minmax(150px,1.3fr)_minmax(120px,0.8fr)_minmax(190px,1.1fr)_76px_80px_64px_28px]',
  '@min-[960px]:grid-cols-[minmax(130px,1.1fr)_minmax(130px,1.1fr)_minmax(120px,0.8fr)_minmax(190px,1.2fr)_76px_80px_68px_28px]',
  '@min-[1080px]:gap-x-4 @min-[1080px]:px-4',
].join(' ');

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
});
const column = createColumnHelper<typeof features, InstanceView>();
const columns = column.columns([
  column.accessor((row) => row.name, { id: 'name', sortFn: 'alphanumeric' }),
  column.accessor((row) => row.model, { id: 'model', sortFn: 'alphanumeric' }),
  column.accessor((row) => `${row.provider} ${row.zone} ${row.instance_type}`, {
    id: 'where',
    sortFn: 'alphanumeric',
  }),
  column.accessor((row) => `${row.state} ${String(row.progress).padStart(3, '0')}`, {
    id: 'state',
    sortFn: 'basic',
  }),
  column.accessor((row) => row.price_micros_per_hour ?? -1, { id: 'price', sortFn: 'basic' }),
  column.accessor((row) => row.cost_micros, { id: 'cost', sortFn: 'basic' }),
  // Older is more: ages rise when creation times fall.
  column.accessor((row) => -new Date(row.created_at).getTime(), { id: 'age', sortFn: 'basic' }),
]);
type TableRow = Row<typeof features, InstanceView>;

interface InstanceTableProps {
  instances: readonly InstanceView[];
  search: InstancesSearch;
  onSort: (part: InstancesSearch) => void;
  onTerminate: (instance: InstanceView) => void;
}

/** The live list. Rows are drawn as they come into view once there are more than a hundred. */
export function InstanceTable({ instances, search, onSort, onTerminate }: InstanceTableProps) {
  const { t } = useTranslation();
  const sort: SortColumn = search.sort ?? 'age';
  const isDescending = search.desc ?? false;
  const sorting = useMemo(() => [{ id: sort, desc: isDescending }], [sort, isDescending]);
  const table = useTable({
    features,
    columns,
    data: instances as InstanceView[],
    state: { sorting },
    getRowId: (row: InstanceView) => row.id,
  });
  const rows = table.getRowModel().rows;
  const header = { current: sort, isDescending, onSort };
  return (
    <div className="card @container overflow-x-auto">
      {/* Laid out as a grid of blocks, because rows that come and go while scrolling have no place of their own. */}
      <table
        aria-label={t('instances.title')}
        aria-rowcount={rows.length + 1}
        className="block min-w-[696px] [&_tbody]:block [&_thead]:block"
      >
        <thead className="border-b border-border">
          <tr aria-rowindex={1} className={classNames(GRID, 'h-10 text-xs text-muted')}>
            <SortHeader {...header} column="name" label={t('instance.name')} />
            <SortHeader {...header} column="model" label={t('instance.model')} className={WIDE} />
            <SortHeader {...header} column="where" label={t('instance.where')} />
            <SortHeader {...header} column="state" label={t('instance.state')} />
            <SortHeader {...header} column="price" label={t('instance.price')} isEnd className={MIDDLE} />
            <SortHeader {...header} column="cost" label={t('instance.cost')} isEnd />
            <SortHeader {...header} column="age" label={t('instance.age')} isEnd />
            <th scope="col">
              <span className="sr-only">{t('common.actions')}</span>
            </th>
          </tr>
        </thead>
        {rows.length > VIRTUAL_FROM_ROWS ? (
          <VirtualRows rows={rows} onTerminate={onTerminate} />
        ) : (
          <tbody>
            {rows.map((row, index) => (
              <InstanceRow
                key={row.id}
                instance={row.original}
                rowIndex={index + 2}
                className={classNames(GRID, 'h-[68px] border-b border-border last:border-0')}
                onTerminate={onTerminate}
              />
            ))}
          </tbody>
        )}
      </table>
    </div>
  );
}

function VirtualRows({
  rows,
  onTerminate,
}: {
  rows: TableRow[];
  onTerminate: (instance: InstanceView) => void;
}) {
  const boxRef = useRef<HTMLTableSectionElement>(null);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 8,
    scrollMargin: topInPage(boxRef.current),
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  return (
    <tbody ref={boxRef} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const row = rows[index];
        return (
          row && (
            <InstanceRow
              key={key}
              instance={row.original}
              rowIndex={index + 2}
              className={classNames(GRID, 'absolute inset-x-0 top-0 h-[68px] border-b border-border')}
              offsetPx={start - virtualizer.options.scrollMargin}
              onTerminate={onTerminate}
            />
          )
        );
      })}
    </tbody>
  );
}

/** Measured, not `offsetTop`: that counts from the nearest containing block, and the card is one. */
function topInPage(box: HTMLElement | null): number {
  return box === null ? 0 : box.getBoundingClientRect().top + window.scrollY;
}
