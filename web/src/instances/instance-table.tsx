import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { InstanceView } from '#contracts/instances.ts';
import { classNames } from '../design/class-names.ts';
import { Skeleton } from '../design/skeleton.tsx';
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

interface InstanceTableProps {
  /** Those that are held, without a gap. */
  instances: readonly InstanceView[];
  /** The place of the first of them among all. */
  firstIndex: number;
  total: number;
  search: InstancesSearch;
  onSort: (part: InstancesSearch) => void;
  /** The reader comes near an edge of what is held. */
  onNear: (edge: 'start' | 'end') => void;
  onTerminate: (instance: InstanceView) => void;
}

/** The live list, in the server's order. Rows are drawn as they come into view once there are more than a hundred. */
export function InstanceTable(props: InstanceTableProps) {
  const { instances, firstIndex, total, search, onSort, onTerminate } = props;
  const { t } = useTranslation();
  const sort: SortColumn = search.sort ?? 'age';
  const isDescending = search.desc ?? false;
  const header = { current: sort, isDescending, onSort };
  return (
    <div className="card @container overflow-x-auto">
      {/* Laid out as a grid of blocks, because rows that come and go while scrolling have no place of their own. */}
      <table
        aria-label={t('instances.title')}
        aria-rowcount={total + 1}
        className="block min-w-[696px] [&_tbody]:block [&_thead]:block"
      >
        <thead className="border-b border-border">
          <tr aria-rowindex={1} className={classNames(GRID, 'h-10 text-xs text-muted')}>
            <SortHeader {...header} column="name" label={t('instance.name')} />
            <Header label={t('instance.model')} className={WIDE} />
            <Header label={t('instance.where')} />
            <SortHeader {...header} column="state" label={t('instance.state')} />
            <SortHeader {...header} column="price" label={t('instance.price')} isEnd className={MIDDLE} />
            <Header label={t('instance.cost')} className="text-right" />
            <SortHeader {...header} column="age" label={t('instance.age')} isEnd />
            <th scope="col">
              <span className="sr-only">{t('common.actions')}</span>
            </th>
          </tr>
        </thead>
        {total > VIRTUAL_FROM_ROWS ? (
          <VirtualRows {...props} />
        ) : (
          <tbody>
            {instances.map((instance, index) => (
              <InstanceRow
                key={instance.id}
                instance={instance}
                rowIndex={firstIndex + index + 2}
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

function Header({ label, className }: { label: string; className?: string }) {
  return (
    <th scope="col" className={classNames('truncate text-left font-medium', className)}>
      {label}
    </th>
  );
}

/** How near an edge of what is held the next page is asked for. */
const NEAR_ROWS = 40;

function VirtualRows({ instances, firstIndex, total, onNear, onTerminate }: InstanceTableProps) {
  const boxRef = useRef<HTMLTableSectionElement>(null);
  const end = firstIndex + instances.length;
  const virtualizer = useWindowVirtualizer({
    // One row more stands for what is being fetched.
    count: Math.min(total, end + 1),
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 8,
    scrollMargin: topInPage(boxRef.current),
    getItemKey: (index) => instances[index - firstIndex]?.id ?? index,
  });
  const items = virtualizer.getVirtualItems();
  const [firstShown, lastShown] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const isNearStart = firstShown < firstIndex + NEAR_ROWS && firstIndex > 0;
  const isNearEnd = lastShown > end - NEAR_ROWS && end < total;
  const latest = useRef(onNear);
  latest.current = onNear;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when another row comes into view, and when a fetch that was in the way ends.
  useEffect(() => {
    if (isNearStart) latest.current('start');
    else if (isNearEnd) latest.current('end');
  }, [isNearStart, isNearEnd, firstShown, lastShown, instances]);
  return (
    <tbody ref={boxRef} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {items.map(({ index, key, start }) => {
        const instance = instances[index - firstIndex];
        const offsetPx = start - virtualizer.options.scrollMargin;
        const place = classNames(GRID, 'absolute inset-x-0 top-0 h-[68px] border-b border-border');
        if (!instance) return <WaitingRow key={key} className={place} offsetPx={offsetPx} />;
        return (
          <InstanceRow
            key={key}
            instance={instance}
            rowIndex={index + 2}
            className={place}
            offsetPx={offsetPx}
            onTerminate={onTerminate}
          />
        );
      })}
    </tbody>
  );
}

function WaitingRow({ className, offsetPx }: { className: string; offsetPx: number }) {
  return (
    <tr className={className} style={{ transform: `translateY(${offsetPx}px)` }}>
      <td className="col-span-full">
        <Skeleton className="h-5 w-full" />
      </td>
    </tr>
  );
}

/** Measured, not `offsetTop`: that counts from the nearest containing block, and the card is one. */
function topInPage(box: HTMLElement | null): number {
  return box === null ? 0 : box.getBoundingClientRect().top + window.scrollY;
}
