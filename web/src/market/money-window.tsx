import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { MONEY_WINDOWS, type MoneyWindow as Window } from './market-search.ts';

/** Of which time sums are shown. */
export function MoneyWindow({ value, onChange }: { value: Window; onChange: (value: Window) => void }) {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t('metrics.range')}
      value={value}
      options={MONEY_WINDOWS.map((window) => ({
        value: window,
        label: t(window === 'all' ? 'market.all_time' : `window.${window}`),
      }))}
      onChange={onChange}
    />
  );
}
