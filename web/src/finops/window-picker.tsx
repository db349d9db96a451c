import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { COST_WINDOWS, type CostsSearch } from './costs-search.ts';
import type { Days } from './windows.ts';

interface WindowPickerProps {
  search: CostsSearch;
  /** What is shown now; a window of one's own begins with it. */
  days: Days;
  onChange: (search: CostsSearch) => void;
}

/** Which days are shown: one of a few windows, or any two days. */
export function WindowPicker({ search, days, onChange }: WindowPickerProps) {
  const { t } = useTranslation();
  const { window = 'month' } = search;
  const [first = '', last = ''] = [days.days[0], days.days.at(-1)];
  const field = (name: 'from' | 'to', value: string) => (
    <label className="flex items-center gap-2 text-sm text-muted">
      {t(`window.${name}`)}
      <input
        type="date"
        className="control tabular h-8! w-auto!"
        value={value}
        onChange={({ target }) => {
          if (target.value !== '')
            onChange({ window: 'custom', from: first, to: last, [name]: target.value });
        }}
        data-testid={`costs-${name}`}
      />
    </label>
  );
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <Segmented
        label={t('metrics.range')}
        value={window}
        options={COST_WINDOWS.map((value) => ({ value, label: t(`window.${value}`) }))}
        onChange={(next) =>
          onChange(next === 'custom' ? { window: next, from: first, to: last } : { window: next })
        }
      />
      {window === 'custom' && (
        <div className="flex flex-wrap gap-x-4 gap-y-2">
          {field('from', first)}
          {field('to', last)}
        </div>
      )}
    </div>
  );
}
