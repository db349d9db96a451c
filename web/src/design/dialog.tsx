import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/use-translation.ts';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  size?: 'sm' | 'md' | 'xl';
  testId?: string;
}

const WIDTHS = { sm: 'md:max-w-[460px]', md: 'md:max-w-[640px]', xl: 'md:max-w-[1040px]' } as const;

/** A modal layer: focus stays inside, Escape closes, the page behind is inert. Fills the screen on a phone. */
export function Dialog({
  isOpen,
  onClose,
  title,
  description,
  children,
  footer,
  size = 'sm',
  testId,
}: DialogProps) {
  const { t } = useTranslation();
  const fillsPhone = size === 'xl';
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop fixed inset-0 z-40" />
        <Base.Viewport className="fixed inset-0 z-50 flex items-end justify-center md:items-center md:p-6">
          <Base.Popup
            data-testid={testId}
            className={classNames(
              'dialog-popup flex w-full flex-col overflow-hidden border border-border bg-raised shadow-pop outline-none',
              'rounded-t-lg md:rounded-lg md:max-h-[min(860px,calc(100dvh-48px))]',
              fillsPhone ? 'h-dvh rounded-none md:h-auto' : 'max-h-[92dvh]',
              WIDTHS[size],
            )}
          >
            <header className="flex items-start gap-4 border-b border-border px-5 py-4">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-lg font-semibold">{title}</Base.Title>
                {description && (
                  <Base.Description render={<div />} className="mt-0.5 text-sm text-muted">
                    {description}
                  </Base.Description>
                )}
              </div>
              <Base.Close
                render={
                  <IconButton
                    label={t('common.close')}
                    icon={<X className="size-4" />}
                    className="-mr-2 -mt-1"
                  />
                }
              />
            </header>
            {children && <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>}
            {footer && (
              <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-border bg-surface px-5 py-3">
                {footer}
              </footer>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
