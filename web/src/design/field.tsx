import { ChevronDown, CircleAlert } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';
import { classNames } from './class-names.ts';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  children: (control: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean;
  }) => ReactNode;
  className?: string | undefined;
}

/** A label, a control, and below it what helps or what is wrong; all tied together for screen readers. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = Boolean(error ?? hint);
  return (
    <div className={classNames('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="w-fit text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': hasNote ? noteId : undefined, 'aria-invalid': Boolean(error) })}
      {hasNote && (
        <div
          id={noteId}
          className={classNames('flex items-start gap-1.5 text-xs', error ? 'text-danger' : 'text-muted')}
        >
          {error && <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />}
          <span>{error ?? hint}</span>
        </div>
      )}
    </div>
  );
}

type Shared = { label: string; hint?: ReactNode; error?: string | undefined; fieldClassName?: string };

export function TextField({
  label,
  hint,
  error,
  fieldClassName,
  className,
  ...input
}: Shared & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} error={error} className={fieldClassName}>
      {(control) => <input {...input} {...control} className={classNames('control', className)} />}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  error,
  fieldClassName,
  children,
  ...select
}: Shared & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} error={error} className={fieldClassName}>
      {(control) => (
        <Select {...select} {...control}>
          {children}
        </Select>
      )}
    </Field>
  );
}

/** The browser's own select: the best one on a phone and for a keyboard; only its arrow is ours. */
export function Select({ className, children, ...select }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <span className={classNames('relative block', className)}>
      <select {...select} className="control text-ellipsis">
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted"
      />
    </span>
  );
}

/** One thing that is on or off. */
export function CheckField({
  label,
  hint,
  ...input
}: { label: ReactNode; hint?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const noteId = useId();
  return (
    <div>
      <label className="flex w-fit items-start gap-2.5 text-base">
        <input
          type="checkbox"
          {...input}
          aria-describedby={hint ? noteId : undefined}
          className="mt-0.5 size-4.5 shrink-0 accent-accent"
        />
        <span>{label}</span>
      </label>
      {hint && (
        <p id={noteId} className="mt-0.5 pl-7 text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
