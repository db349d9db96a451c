import { TextField } from '../design/field.tsx';

interface MomentFieldProps {
  label: string;
  hint: string;
  error?: string | undefined;
  value: string;
  onChange: (local: string) => void;
  testId?: string;
}

/** A moment in the reader's own time zone, which may be left out. */
export function MomentField({ onChange, testId, ...field }: MomentFieldProps) {
  return (
    <TextField
      {...field}
      type="datetime-local"
      onChange={(event) => onChange(event.target.value)}
      data-testid={testId}
    />
  );
}
