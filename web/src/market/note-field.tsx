import { Field } from '../design/field.tsx';

const NOTE_MAX = 500;

interface NoteFieldProps {
  label: string;
  hint?: string;
  value: string;
  maxLength?: number;
  onChange: (text: string) => void;
  testId?: string;
}

/** A few lines that somebody else reads. */
export function NoteField({ label, hint, value, maxLength = NOTE_MAX, onChange, testId }: NoteFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <textarea
          {...control}
          className="control min-h-20 resize-y"
          rows={3}
          maxLength={maxLength}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          data-testid={testId}
        />
      )}
    </Field>
  );
}
