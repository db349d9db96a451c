import { classNames } from './class-names.ts';

interface ProgressProps {
  value: number;
  label: string;
  /** Spoken instead of the bare number. */
  valueText?: string;
  tone?: 'accent' | 'ok' | 'danger' | 'neutral';
  isWorking?: boolean;
  testId?: string;
  className?: string | undefined;
}

const FILL = { accent: 'bg-accent', ok: 'bg-ok', danger: 'bg-danger', neutral: 'bg-control' } as const;

export function Progress({
  value,
  label,
  valueText,
  tone = 'accent',
  isWorking,
  testId,
  className,
}: ProgressProps) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value}
      aria-valuetext={valueText}
      data-testid={testId}
      className={classNames('h-1.5 overflow-hidden rounded-full bg-text/10', className)}
    >
      <div
        className={classNames(
          'h-full rounded-full transition-[width] duration-150 ease-out',
          FILL[tone],
          isWorking && 'working',
        )}
        style={{ width: `${value}%` }}
      />
    </div>
  );
}
