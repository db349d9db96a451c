import { Field } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

export const NAME_CHARS_MAX = 100;
/** As the api takes it. */
const PROMPT_CHARS_MAX = 65_536;

interface PromptContentFieldProps {
  value: string;
  hint: string;
  onChange: (text: string) => void;
}

export function PromptContentField({ value, hint, onChange }: PromptContentFieldProps) {
  const { t } = useTranslation();
  return (
    <Field label={t('prompts.content')} hint={hint}>
      {(control) => (
        <textarea
          {...control}
          rows={8}
          maxLength={PROMPT_CHARS_MAX}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className="control h-auto! resize-y py-2 font-mono text-sm leading-relaxed"
          data-testid="prompt-content"
        />
      )}
    </Field>
  );
}
