import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

interface ListBarProps<Shown extends string> {
  shown: Shown;
  options: readonly { value: Shown; label: string }[];
  find: string | undefined;
  /** What the search looks at; of instances where nothing else is said. */
  findLabel?: string;
  onShow: (shown: Shown) => void;
  onFind: (find: string) => void;
  /** How many there are; null while nobody knows. */
  count: string | null;
  children?: ReactNode;
}

/** Above a list: which of them are shown, a search, and how many that are. */
export function ListBar<Shown extends string>(props: ListBarProps<Shown>) {
  const { shown, options, find, onShow, onFind, count, children } = props;
  const { t } = useTranslation();
  const findLabel = props.findLabel ?? t('instances.find');
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <Segmented label={t('instances.show')} value={shown} options={options} onChange={onShow} />
      <label className="relative w-full sm:w-64">
        <span className="sr-only">{findLabel}</span>
        <Search aria-hidden className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted" />
        <input
          type="search"
          className="control pl-8!"
          placeholder={findLabel}
          defaultValue={find ?? ''}
          onChange={(event) => onFind(event.target.value)}
        />
      </label>
      {children}
      {count !== null && (
        <span className="tabular text-sm text-muted sm:ml-auto" role="status">
          {count}
        </span>
      )}
    </div>
  );
}
