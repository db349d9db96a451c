import { Outlet } from '@tanstack/react-router';
import { ShieldX } from 'lucide-react';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { PageTabs } from '../widgets/page-tabs.tsx';

/** What concerns the whole installation, for those who look after it. */
export function PlatformLayout() {
  const { t } = useTranslation();
  const { user } = useSession();
  if (!user.is_platform_admin) {
    return (
      <EmptyState icon={ShieldX} title={t('platform.not_yours')}>
        {t('platform.not_yours_text')}
      </EmptyState>
    );
  }
  return (
    <>
      <PageTabs
        label={t('nav.platform')}
        tabs={[
          { to: '/platform', label: t('platform.operations') },
          { to: '/platform/users', label: t('platform.users') },
          { to: '/platform/organisations', label: t('platform.organisations') },
          { to: '/platform/settings', label: t('org.settings') },
          { to: '/platform/audit', label: t('org.audit') },
        ]}
      />
      <Outlet />
    </>
  );
}
