import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export type Tone = 'neutral' | 'ok' | 'warn' | 'danger' | 'info' | 'accent';

const LOOK_BY_TONE: Record<Tone, { box: string; icon: string }> = {
  neutral: { box: 'bg-text/6 border-text/10', icon: 'text-muted' },
  ok: { box: 'bg-ok/10 border-ok/25', icon: 'text-ok' },
  warn: { box: 'bg-warn/12 border-warn/30', icon: 'text-warn' },
  danger: { box: 'bg-danger/10 border-danger/30', icon: 'text-danger' },
  info: { box: 'bg-info/10 border-info/25', icon: 'text-info' },
  accent: { box: 'bg-accent/10 border-accent/25', icon: 'text-accent' },
};

interface ChipProps {
  tone: Tone;
  icon: LucideIcon;
  children: ReactNode;
  isWorking?: boolean;
  testId?: string | undefined;
}

/** A state, always told three ways: icon, word and colour. */
export function Chip({ tone, icon: Icon, children, isWorking = false, testId }: ChipProps) {
  const look = LOOK_BY_TONE[tone];
  return (
    <span
      data-testid={testId}
      className={classNames(
        'inline-flex h-6 w-fit items-center gap-1.5 whitespace-nowrap rounded-full border pr-2.5 pl-2 text-xs font-medium text-text',
        look.box,
      )}
    >
      <Icon
        aria-hidden
        className={classNames('size-3.5 shrink-0', look.icon, isWorking && 'motion-safe:animate-spin')}
      />
      {children}
    </span>
  );
}
