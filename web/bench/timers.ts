/** In every page that is measured: times from an act to what is painted after it, in milliseconds. */

const LIMIT_MS = 30_000;
const now = () => performance.timeOrigin + performance.now();

function painted(isThere: () => boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('nothing of it was painted in time')), LIMIT_MS);
    const look = () => {
      if (!isThere()) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(now())));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
    look();
  });
}

/** Until the row is the first of its table, not merely somewhere in it. */
async function timed(act: () => void, row: string): Promise<number> {
  const startedAt = now();
  act();
  return (await painted(() => document.querySelector('tbody tr')?.matches(row) ?? false)) - startedAt;
}

function choose(field: string, value: string): void {
  const select = document.querySelector(field);
  // As a person does: React listens for changes that it did not make.
  Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value')?.set?.call(select, value);
  select?.dispatchEvent(new Event('change', { bubbles: true }));
}

Object.assign(window, {
  bench: {
    orderByHeader: (index: number, row: string) =>
      timed(() => document.querySelectorAll<HTMLElement>('thead button')[index]?.click(), row),
    orderByField: (order: string, row: string) => timed(() => choose('[data-testid=bare-sort]', order), row),
    filter: (state: string, row: string) => timed(() => choose('[data-testid=filter-state]', state), row),
    /** When the row no longer says what it said: a moment, not a span. */
    changed: (row: string, text: string) =>
      painted(() => {
        const said = document.querySelector(row)?.textContent;
        return said !== undefined && said !== null && said !== text;
      }),
  },
});
