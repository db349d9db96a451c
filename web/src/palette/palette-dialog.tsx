import { Dialog as Base } from '@base-ui/react/dialog';
import { LoaderCircle, Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { classNames } from '../design/class-names.ts';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSettled } from '../widgets/use-settled.ts';
import { choose, PALETTE_GROUPS, type PaletteItem } from './palette-items.ts';
import { useFoundItems, useKnownItems } from './palette-sources.ts';
import { closePalette } from './palette-state.ts';

/** One field that goes anywhere, finds anything by name, and starts what one does often. */
export function PaletteDialog() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const known = useKnownItems(typed);
  const found = useFoundItems(useSettled(typed));
  const items = choose([...known, ...(typed.trim().length >= 2 ? found.items : [])], typed);
  const [activeId, setActiveId] = useState<string | null>(null);
  const listId = useId();
  const foundIndex = items.findIndex(({ id }) => id === activeId);
  const active = items[Math.max(0, foundIndex)];
  const run = (item: PaletteItem) => {
    closePalette();
    item.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && items.length > 0) {
      event.preventDefault();
      const next = (Math.max(0, foundIndex) + step + items.length) % items.length;
      setActiveId(items[next]?.id ?? null);
    }
    if (event.key === 'Enter' && active && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(active);
    }
  };
  return (
    <Base.Root open onOpenChange={(isOpen) => !isOpen && closePalette()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop fixed inset-0 z-40" />
        <Base.Viewport className="fixed inset-0 z-50 flex items-start justify-center px-3 pt-[10vh]">
          <Base.Popup
            data-testid="palette"
            className="dialog-popup flex max-h-[70vh] w-full max-w-[620px] flex-col overflow-hidden rounded-lg border border-border bg-raised shadow-pop outline-none"
          >
            <Base.Title className="sr-only">{t('palette.open')}</Base.Title>
            <div className="relative border-b border-border">
              <Search aria-hidden className="absolute top-1/2 left-4 size-4.5 -translate-y-1/2 text-muted" />
              <Field
                listId={listId}
                active={active}
                typed={typed}
                onType={(text) => {
                  setTyped(text);
                  setActiveId(null);
                }}
                onKey={onKey}
              />
              {found.isFetching && (
                <LoaderCircle
                  aria-hidden
                  className="absolute top-1/2 right-4 size-4 -translate-y-1/2 animate-spin text-muted"
                />
              )}
            </div>
            {found.error !== null && typed !== '' && <ErrorState error={found.error} className="m-3 mb-0" />}
            <Options listId={listId} items={items} active={active} onHover={setActiveId} onRun={run} />
            <p role="status" className="border-t border-border bg-surface px-4 py-2 text-xs text-muted">
              <span className="sr-only">{t('palette.results', { count: items.length })}. </span>
              {t('palette.hint')}
            </p>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

interface FieldProps {
  listId: string;
  active: PaletteItem | undefined;
  typed: string;
  onType: (text: string) => void;
  onKey: (event: KeyboardEvent) => void;
}

function Field({ listId, active, typed, onType, onKey }: FieldProps) {
  const { t } = useTranslation();
  return (
    <input
      // biome-ignore lint/a11y/noAutofocus: the layer is opened to type into it.
      autoFocus
      role="combobox"
      aria-expanded
      aria-controls={listId}
      aria-activedescendant={active ? optionId(listId, active) : undefined}
      aria-label={t('palette.open')}
      aria-autocomplete="list"
      autoComplete="off"
      spellCheck={false}
      placeholder={t('palette.placeholder')}
      value={typed}
      data-testid="palette-input"
      className="h-13 w-full bg-transparent pr-11 pl-11 text-lg outline-none"
      onChange={(event) => onType(event.target.value)}
      onKeyDown={onKey}
    />
  );
}

interface OptionsProps {
  listId: string;
  items: readonly PaletteItem[];
  active: PaletteItem | undefined;
  onHover: (id: string) => void;
  onRun: (item: PaletteItem) => void;
}

function Options({ listId, items, active, onHover, onRun }: OptionsProps) {
  const { t } = useTranslation();
  const boxRef = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one may stand outside of what is in view.
  useEffect(() => {
    boxRef.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active?.id]);
  return (
    <div
      ref={boxRef}
      id={listId}
      role="listbox"
      tabIndex={-1}
      aria-label={t('palette.open')}
      className="min-h-0 flex-1 overflow-y-auto p-2"
    >
      {items.length === 0 && <p className="px-3 py-6 text-center text-muted">{t('palette.none')}</p>}
      {PALETTE_GROUPS.map((group) => {
        const members = items.filter((item) => item.group === group);
        if (members.length === 0) return null;
        return (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
          <div key={group} role="group" aria-label={t(`palette.${group}`)} className="mb-1.5">
            <p aria-hidden className="px-3 py-1 text-xs font-medium text-muted">
              {t(`palette.${group}`)}
            </p>
            {members.map((item) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard stays in the field and chooses from there.
              <div
                key={item.id}
                id={optionId(listId, item)}
                role="option"
                tabIndex={-1}
                aria-selected={item.id === active?.id}
                data-testid={`palette-${item.id}`}
                onPointerMove={() => onHover(item.id)}
                onClick={() => onRun(item)}
                className={classNames(
                  'flex h-10 cursor-pointer items-center gap-3 rounded-md px-3',
                  item.id === active?.id && 'bg-accent/12',
                )}
              >
                <item.icon aria-hidden className="size-4 shrink-0 text-muted" />
                <span className="truncate">{item.label}</span>
                {item.note && <span className="ml-auto truncate pl-3 text-xs text-muted">{item.note}</span>}
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}

function optionId(listId: string, { id }: PaletteItem): string {
  return `${listId}-${id.replace(/\W+/g, '-')}`;
}
