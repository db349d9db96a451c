import { Link, type LinkProps } from '@tanstack/react-router';

export interface PageTab {
  to: NonNullable<LinkProps['to']>;
  label: string;
}

/** Pages that belong together, as links in a row; the row scrolls on a phone. */
export function PageTabs({ label, tabs }: { label: string; tabs: readonly PageTab[] }) {
  return (
    <nav aria-label={label} className="mb-6 overflow-x-auto border-b border-border">
      <ul className="flex w-max gap-1">
        {tabs.map((tab) => (
          <li key={tab.to}>
            <Link
              to={tab.to}
              activeOptions={{ exact: tab.to === tabs[0]?.to, includeSearch: false }}
              className="-mb-px flex h-10 items-center border-b-2 px-3 text-base font-medium whitespace-nowrap -outline-offset-2"
              activeProps={{ className: 'border-accent text-text', 'aria-current': 'page' }}
              inactiveProps={{ className: 'border-transparent text-muted hover:text-text' }}
            >
              {tab.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
