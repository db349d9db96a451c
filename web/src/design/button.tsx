import { LoaderCircle } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { classNames } from './class-names.ts';

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger';
type Size = 'sm' | 'md' | 'lg';

interface ButtonLook {
  variant?: Variant | undefined;
  size?: Size | undefined;
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, ButtonLook {
  icon?: ReactNode;
  isBusy?: boolean;
}

const LOOK_BY_VARIANT: Record<Variant, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-110 border-transparent shadow-card',
  secondary: 'bg-raised text-text border-control hover:bg-text/5',
  ghost: 'bg-transparent text-text border-transparent hover:bg-text/8',
  danger: 'bg-danger text-on-danger border-transparent hover:brightness-110 shadow-card',
};

const LOOK_BY_SIZE: Record<Size, string> = {
  sm: 'h-8 px-2.5 text-sm gap-1.5',
  md: 'h-9 px-3.5 text-base gap-2',
  lg: 'h-11 px-5 text-base gap-2',
};

export function Button({
  variant,
  size,
  icon,
  isBusy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || isBusy}
      aria-busy={isBusy || undefined}
      className={classNames(buttonClass({ variant, size }), className)}
    >
      {isBusy ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : icon}
      {children}
    </button>
  );
}

/** The look of a button, for a link that acts as one. */
export function buttonClass({ variant = 'secondary', size = 'md' }: ButtonLook = {}): string {
  return classNames(
    'inline-flex items-center justify-center whitespace-nowrap rounded-md border font-medium select-none',
    'transition-[background-color,filter,opacity] duration-100 disabled:opacity-55 disabled:hover:brightness-100',
    LOOK_BY_VARIANT[variant],
    LOOK_BY_SIZE[size],
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Says what the button does; also shown on hover. */
  label: string;
  icon: ReactNode;
  isCompact?: boolean;
}

export function IconButton({ label, icon, isCompact = false, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...rest}
      className={classNames(
        'inline-flex shrink-0 items-center justify-center rounded-md text-muted hover:bg-text/8 hover:text-text',
        'transition-colors duration-100 disabled:opacity-50',
        isCompact ? 'size-7' : 'size-9',
        className,
      )}
    >
      {icon}
    </button>
  );
}
