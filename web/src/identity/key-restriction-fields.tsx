import { ChevronRight } from 'lucide-react';
import { SelectField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { isLimit, isRestricted, LIMIT_NAMES, type Restrictions } from './key-restrictions.ts';

interface FieldsProps {
  wish: Restrictions;
  onChange: (wish: Restrictions) => void;
  /** Unfolded from the beginning. */
  isOpen?: boolean;
}

const PRIORITIES: readonly Restrictions['priority'][] = ['high', 'normal', 'low', 'batch'];

/** What most keys do not need, so it is folded away until somebody asks for it. */
export function KeyRestrictionFields({ wish, onChange, isOpen = false }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <details className="group mt-3" open={isOpen}>
      <summary
        className="flex w-fit list-none items-center gap-1.5 text-sm font-medium text-muted select-none hover:text-text [&::-webkit-details-marker]:hidden"
        data-testid="key-restrictions"
      >
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open:rotate-90" />
        {t('keys.restrict')}
        {isRestricted(wish) && (
          <span className="ml-1 size-1.5 rounded-full bg-accent" title={t('keys.restricted')} />
        )}
      </summary>
      <div className="mt-3 grid gap-3 sm:grid-cols-3">
        {LIMIT_NAMES.map((name) => (
          <TextField
            key={name}
            label={t(`keys.limit.${name}`)}
            placeholder={t('keys.no_limit')}
            value={wish[name]}
            onChange={(event) => onChange({ ...wish, [name]: event.target.value })}
            error={isLimit(wish[name]) ? undefined : t('keys.limit.wrong')}
            inputMode="numeric"
            maxLength={12}
            autoComplete="off"
            data-testid={`key-${name}`}
          />
        ))}
        <TextField
          label={t('keys.models')}
          placeholder={t('keys.all_models')}
          hint={t('keys.models_hint')}
          value={wish.models}
          onChange={(event) => onChange({ ...wish, models: event.target.value })}
          autoComplete="off"
          spellCheck={false}
          fieldClassName="sm:col-span-2"
          data-testid="key-models"
        />
        <SelectField
          label={t('keys.priority')}
          hint={t('keys.priority_hint')}
          value={wish.priority}
          onChange={(event) =>
            onChange({ ...wish, priority: event.target.value as Restrictions['priority'] })
          }
        >
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {t(`priority.${priority}`)}
            </option>
          ))}
        </SelectField>
        <label className="flex w-fit items-center gap-2 text-sm sm:col-span-3">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={wish.waitsForStart}
            onChange={(event) => onChange({ ...wish, waitsForStart: event.target.checked })}
          />
          {t('keys.waits_for_start')}
        </label>
      </div>
    </details>
  );
}
