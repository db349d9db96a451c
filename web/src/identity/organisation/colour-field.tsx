import { Check, X } from 'lucide-react';
import { useId } from 'react';
import { classNames } from '../../design/class-names.ts';
import { useTranslation } from '../../i18n/use-translation.ts';
import { readableOn } from '../colour.ts';

const OFFERED = [
  '#2456d6',
  '#0f766e',
  '#4d7c0f',
  '#a16207',
  '#c2410c',
  '#be185d',
  '#9333ea',
  '#475569',
] as const;

/** A colour by which people know where they are: some that go well with the pages, any other, or none. */
export function ColourField({
  value,
  onChange,
}: {
  value: string | null;
  onChange: (colour: string | null) => void;
}) {
  const { t } = useTranslation();
  const name = useId();
  const isOwn = value !== null && !OFFERED.some((colour) => colour === value);
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 text-sm font-medium">{t('org.colour')}</legend>
      <div className="flex flex-wrap items-center gap-2">
        {[null, ...OFFERED].map((colour) => (
          <label
            key={colour ?? 'none'}
            title={colour ?? t('org.no_colour')}
            className={classNames(
              'flex size-8 items-center justify-center rounded-md border border-control',
              'has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
            )}
            style={colour === null ? undefined : { backgroundColor: colour, color: readableOn(colour) }}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              aria-label={colour ?? t('org.no_colour')}
              checked={value === colour}
              onChange={() => onChange(colour)}
            />
            {value === colour && <Check aria-hidden className="size-4" />}
            {value !== colour && colour === null && <X aria-hidden className="size-4 text-muted" />}
          </label>
        ))}
        <label className="ml-1 flex items-center gap-2 text-sm text-muted">
          <input
            type="color"
            className="h-8 w-10 rounded-md border border-control bg-bg"
            value={value ?? '#2456d6'}
            onChange={(event) => onChange(event.target.value.toLowerCase())}
          />
          {t(isOwn ? 'org.own_colour' : 'org.other_colour')}
        </label>
      </div>
    </fieldset>
  );
}
