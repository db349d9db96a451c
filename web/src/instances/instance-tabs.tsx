import { Link } from '@tanstack/react-router';
import { useTranslation } from '../i18n/use-translation.ts';
import { INSTANCE_TABS, type InstanceTab } from './instance-tab.ts';

/** Parts of the page, each with its own address. */
export function InstanceTabs({ id, current }: { id: string; current: InstanceTab }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('instance_tab.label')} className="mb-5 flex gap-1 border-b border-border">
      {INSTANCE_TABS.map((tab) => (
        <Link
          key={tab}
          to="/instances/$id"
          params={{ id }}
          search={tab === 'logs' ? { tab } : {}}
          replace
          resetScroll={false}
          aria-current={tab === current ? 'page' : undefined}
          data-testid={`tab-${tab}`}
          className={
            tab === current
              ? '-mb-px flex h-9 items-center border-b-2 border-accent px-3 font-semibold'
              : '-mb-px flex h-9 items-center border-b-2 border-transparent px-3 text-muted hover:text-text'
          }
        >
          {t(`instance_tab.${tab}`)}
        </Link>
      ))}
    </nav>
  );
}
