import { Bookmark, Check, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button, IconButton } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { Popover } from '../design/popover.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { isSameSearch, readViews, type SavedView, withView, writeViews } from './saved-views.ts';

interface SavedViewsMenuProps {
  /** Which list they are of. */
  list: string;
  search: SavedView['search'];
  onApply: (search: SavedView['search']) => void;
}

/** Views of a list by name: taken, saved and forgotten. */
export function SavedViewsMenu({ list, search, onApply }: SavedViewsMenuProps) {
  const { t } = useTranslation();
  const orgId = useSession().organisation.id;
  const [views, setViews] = useState(() => readViews(localStorage, list, orgId));
  const keep = (next: SavedView[]) => {
    writeViews(localStorage, list, orgId, next);
    setViews(next);
  };
  return (
    <Popover
      isWide
      label={t('views.saved')}
      trigger={
        <>
          <Bookmark className="size-4" />
          {t('views.open')}
        </>
      }
      triggerClassName="[&>span]:inline-flex [&>span]:items-center [&>span]:gap-2 h-9 rounded-md border border-control bg-raised px-3 text-base font-medium hover:bg-text/5"
      testId="views-open"
    >
      {(close) => (
        <div className="flex flex-col">
          {views.length === 0 && <p className="px-2.5 pt-1.5 pb-2 text-sm text-muted">{t('views.none')}</p>}
          <ul>
            {views.map((view) => (
              <ViewLine
                key={view.name}
                view={view}
                isCurrent={isSameSearch(view.search, search)}
                onApply={() => {
                  onApply(view.search);
                  close();
                }}
                onRemove={() => keep(views.filter(({ name }) => name !== view.name))}
              />
            ))}
          </ul>
          <SaveForm onSave={(name) => keep(withView(views, { name, search }))} />
          <p className="px-2.5 pt-1 pb-1.5 text-xs text-muted">{t('views.kept_here')}</p>
        </div>
      )}
    </Popover>
  );
}

interface ViewLineProps {
  view: SavedView;
  isCurrent: boolean;
  onApply: () => void;
  onRemove: () => void;
}

function ViewLine({ view, isCurrent, onApply, onRemove }: ViewLineProps) {
  const { t } = useTranslation();
  return (
    <li className="flex items-center gap-1">
      <button
        type="button"
        aria-current={isCurrent || undefined}
        data-testid={`view-${view.name}`}
        onClick={onApply}
        className="flex h-9 min-w-0 flex-1 items-center gap-2 rounded-md px-2.5 text-left hover:bg-text/8"
      >
        <Check aria-hidden className={classNames('size-4 shrink-0 text-accent', !isCurrent && 'invisible')} />
        <span className="truncate">{view.name}</span>
      </button>
      <IconButton
        isCompact
        label={t('views.remove', { name: view.name })}
        icon={<Trash2 className="size-4" />}
        onClick={onRemove}
      />
    </li>
  );
}

function SaveForm({ onSave }: { onSave: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    onSave(name.trim());
    setName('');
  };
  return (
    <form onSubmit={save} className="mt-1 flex gap-2 border-t border-border px-2.5 pt-2.5 pb-1">
      <input
        className="control"
        aria-label={t('views.name')}
        placeholder={t('views.name')}
        value={name}
        maxLength={60}
        data-testid="view-name"
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" disabled={name.trim() === ''} data-testid="view-save">
        {t('views.save')}
      </Button>
    </form>
  );
}
