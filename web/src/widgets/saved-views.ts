/** Filters and orders of a list under names of their own, for one organisation, in this browser. */
export interface SavedView {
  name: string;
  /** The search of the address. */
  search: Record<string, string | number | boolean>;
}

const VIEWS_MAX = 50;

const keyOf = (list: string, orgId: string) => `inventiv.views.${list}.${orgId}`;

/** What another version, or somebody by hand, left there is no reason to fail. */
export function readViews(storage: Pick<Storage, 'getItem'>, list: string, orgId: string): SavedView[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(keyOf(list, orgId)) ?? '[]');
    return Array.isArray(found) ? found.filter(isView).slice(0, VIEWS_MAX) : [];
  } catch {
    return [];
  }
}

/** Without storage they last as long as the page. */
export function writeViews(
  storage: Pick<Storage, 'setItem'>,
  list: string,
  orgId: string,
  views: readonly SavedView[],
): void {
  try {
    storage.setItem(keyOf(list, orgId), JSON.stringify(views.slice(0, VIEWS_MAX)));
  } catch {
    // A full or forbidden storage: nothing else hangs on it.
  }
}

/** A name stands for one view: saved again, it means the newer one. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  const others = views.filter(({ name }) => name !== view.name);
  return [...others, view].sort((a, b) => a.name.localeCompare(b.name));
}

/** Whether two searches ask for the same, in whatever order they name it. */
export function isSameSearch(a: SavedView['search'], b: SavedView['search']): boolean {
  const write = (search: SavedView['search']) =>
    JSON.stringify(Object.entries(search).sort(([x], [y]) => (x < y ? -1 : 1)));
  return write(a) === write(b);
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const { name, search } = value as Partial<SavedView>;
  return typeof name === 'string' && name !== '' && typeof search === 'object' && search !== null;
}
