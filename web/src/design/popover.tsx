import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { classNames } from './class-names.ts';

interface PopoverProps {
  label: string;
  trigger: ReactNode;
  triggerClassName: string;
  /** Above the button, for one at the lower edge of the screen. */
  opensUp?: boolean;
  /** For a list. On a phone it is as wide as the screen, wherever its button is. */
  isWide?: boolean;
  /** Under the left edge of its button, for one at the left of the screen. */
  isAtStart?: boolean;
  children: (close: () => void) => ReactNode;
  testId?: string;
}

/** A small panel under its button. A disclosure, not a menu: its content is read and tabbed like any other. */
export function Popover({
  label,
  trigger,
  triggerClassName,
  opensUp = false,
  isWide = false,
  isAtStart = false,
  children,
  testId,
}: PopoverProps) {
  const [isOpen, setOpen] = useState(false);
  const panelId = useId();
  const boxRef = useRef<HTMLDivElement>(null);
  const buttonRef = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    const onPointer = (event: PointerEvent) => {
      if (!boxRef.current?.contains(event.target as Node)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      buttonRef.current?.focus();
    };
    document.addEventListener('pointerdown', onPointer);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('pointerdown', onPointer);
      document.removeEventListener('keydown', onKey);
    };
  }, [isOpen]);

  return (
    <div ref={boxRef} className="relative">
      <button
        ref={buttonRef}
        type="button"
        title={label}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        data-testid={testId}
        onClick={() => setOpen(!isOpen)}
        className={triggerClassName}
      >
        <span aria-hidden>{trigger}</span>
        <span className="sr-only">{label}</span>
      </button>
      {isOpen && (
        <div
          id={panelId}
          className={classNames(
            'z-30 rounded-lg border border-border bg-raised p-1.5 shadow-pop',
            isWide
              ? 'fixed inset-x-3 top-14 md:absolute md:inset-x-auto md:top-full md:right-0 md:mt-2 md:w-96'
              : 'absolute w-64',
            !isWide && (opensUp ? 'right-2 bottom-full mb-2' : 'top-full mt-2'),
            !isWide && !opensUp && (isAtStart ? 'left-0' : 'right-0'),
          )}
        >
          {children(() => setOpen(false))}
        </div>
      )}
    </div>
  );
}
