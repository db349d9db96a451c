import { type ReactNode, useEffect } from 'react';

interface PageHeaderProps {
  title: string;
  /** Shown in the browser's tab when it should differ from the heading. */
  tabTitle?: string;
  description?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, tabTitle, description, actions }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${tabTitle ?? title} · Inventiv Agents`;
  }, [title, tabTitle]);
  return (
    <header className="mb-6 flex flex-wrap items-end gap-x-4 gap-y-3">
      <div className="min-w-0 flex-1 basis-full sm:basis-0">
        <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
        {description && <div className="mt-1 text-muted">{description}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
