import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import {
  hasParameters,
  PARAMETER_NAMES,
  PARAMETERS,
  type ParameterName,
  type ParameterTexts,
  type ReadParameters,
} from './chat-parameters.ts';
import { Section } from './section.tsx';

interface ParameterFieldsProps {
  texts: ParameterTexts;
  read: ReadParameters;
  onChange: (texts: ParameterTexts) => void;
}

/** How the models draw their words; kept with the conversation, and with each answer. */
export function ParameterFields({ texts, read, onChange }: ParameterFieldsProps) {
  const { t } = useTranslation();
  const note = PARAMETER_NAMES.flatMap((name) =>
    read.parameters[name] === undefined ? [] : [`${t(`parameter.${name}`)} ${texts[name]?.trim()}`],
  ).join(' · ');
  return (
    <Section
      title={t('parameter.title')}
      note={note === '' ? undefined : note}
      isSet={hasParameters(read.parameters) || read.wrong.size > 0}
      setTitle={t('parameter.set')}
    >
      <div className="grid grid-cols-2 gap-3 bg-surface px-4 py-3 sm:grid-cols-3">
        {PARAMETER_NAMES.map((name) => (
          <TextField
            key={name}
            label={t(`parameter.${name}`)}
            inputMode="decimal"
            autoComplete="off"
            placeholder={t('parameter.own')}
            value={texts[name] ?? ''}
            error={read.wrong.has(name) ? t('parameter.wrong', rangeOf(name)) : undefined}
            onChange={(event) => onChange({ ...texts, [name]: event.target.value })}
            data-testid={`chat-parameter-${name}`}
          />
        ))}
        <p className="col-span-full text-xs text-muted">{t('parameter.hint')}</p>
      </div>
    </Section>
  );
}

function rangeOf(name: ParameterName): { min: string; max: string } {
  const { min, max } = PARAMETERS[name];
  return { min: String(min), max: String(max) };
}
