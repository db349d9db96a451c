import { Link } from '@tanstack/react-router';
import { Power } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import type { InstanceView } from '#contracts/instances.ts';
import { IconButton } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { AccruingCost } from './accruing-cost.tsx';
import { Age } from './age.tsx';
import { InstanceStateLine } from './instance-state-line.tsx';
import { isTerminable } from './states.ts';

/** Cells that leave a narrow table; what they tell then stands below a neighbour. See the widths in `InstanceTable`. */
export const WIDE = 'hidden @min-[960px]:block';
export const MIDDLE = 'hidden @min-[780px]:block';

interface InstanceRowProps {
  instance: InstanceView;
  rowIndex: number;
  className: string;
  offsetPx?: number;
  onTerminate: (instance: InstanceView) => void;
}

/** One line of the live table. Kept from rendering again while its own instance stays the same. */
export const InstanceRow = memo(function InstanceRow(props: InstanceRowProps) {
  const { instance, rowIndex, className, offsetPx, onTerminate } = props;
  const { t, format } = useTranslation();
  const isWriter = useIsAllowed('instances.write');
  const price = instance.price_micros_per_hour;
  const [modelOwner, modelName] = splitModel(instance.model);
  return (
    <tr
      aria-rowindex={rowIndex}
      data-testid={`instance-row-${instance.id}`}
      className={classNames(className, 'text-sm transition-colors hover:bg-text/3')}
      style={offsetPx === undefined ? undefined : { transform: `translateY(${offsetPx}px)` }}
    >
      <Cell>
        <Link
          to="/instances/$id"
          params={{ id: instance.id }}
          className="block truncate text-base font-medium hover:underline"
        >
          {instance.name}
        </Link>
        <span title={instance.model} className="block truncate text-xs text-muted @min-[960px]:hidden">
          {modelName}
        </span>
      </Cell>
      <Cell title={instance.model} className={WIDE}>
        <span className="block truncate">{modelName}</span>
        <span className="block truncate text-xs text-muted">{modelOwner}</span>
      </Cell>
      <Cell title={`${instance.gpu_count}×${instance.gpu_kind}`}>
        <span className="block truncate">{instance.instance_type}</span>
        <span className="block truncate text-xs text-muted">
          {instance.provider} · {instance.zone}
        </span>
      </Cell>
      <td className="min-w-0">
        <InstanceStateLine instance={instance} />
      </td>
      <Cell isNumber className={MIDDLE}>
        {price === null ? (
          <span className="text-muted">{t('price.unknown_short')}</span>
        ) : (
          format.unitPrice(price)
        )}
      </Cell>
      <Cell isNumber>
        <AccruingCost instances={[instance]} />
        <span className="block truncate text-xs text-muted @min-[780px]:hidden">
          {price === null ? t('price.unknown_short') : `${format.unitPrice(price)}${t('unit.per_hour')}`}
        </span>
      </Cell>
      <Cell isNumber>
        <Age created_at={instance.created_at} terminated_at={instance.terminated_at} />
      </Cell>
      <td className="flex justify-end">
        {isWriter && isTerminable(instance) && (
          <IconButton
            isCompact
            label={t('terminate.of', { name: instance.name })}
            icon={<Power className="size-4" />}
            className="hover:text-danger"
            data-testid={`terminate-${instance.id}`}
            onClick={() => onTerminate(instance)}
          />
        )}
      </td>
    </tr>
  );
});

/** `meta-llama/Llama-3.1-8B` is read by its second part; the owner stands below. */
function splitModel(model: string): [owner: string, name: string] {
  const slash = model.indexOf('/');
  return slash === -1 ? ['', model] : [model.slice(0, slash), model.slice(slash + 1)];
}

interface CellProps {
  children: ReactNode;
  isNumber?: boolean;
  title?: string;
  className?: string;
}

function Cell({ children, isNumber, title, className }: CellProps) {
  return (
    <td title={title} className={classNames('min-w-0 truncate', isNumber && 'tabular text-right', className)}>
      {children}
    </td>
  );
}
