import { Select } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { SIDES, type Side } from './market-search.ts';

interface AgreementFiltersProps<S extends string> {
  side: Side | undefined;
  state: S | undefined;
  states: readonly { value: S; label: string }[];
  onChange: (part: { side?: Side | undefined; state?: S | undefined }) => void;
}

/** On which side the own organisation is, and what became of it. */
export function AgreementFilters<S extends string>(props: AgreementFiltersProps<S>) {
  const { side, state, states, onChange } = props;
  const { t } = useTranslation();
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <Segmented
        label={t('contract.side')}
        value={side ?? 'all'}
        options={(['all', ...SIDES] as const).map((value) => ({
          value,
          label: t(value === 'all' ? 'common.all' : `side.${value}`),
        }))}
        onChange={(value) => onChange({ state, side: value === 'all' ? undefined : value })}
      />
      <Select
        aria-label={t('keys.status')}
        className="w-full sm:w-44"
        value={state ?? ''}
        onChange={(event) =>
          onChange({ side, state: states.find(({ value }) => value === event.target.value)?.value })
        }
      >
        <option value="">{t('keys.any_status')}</option>
        {states.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Select>
    </div>
  );
}
