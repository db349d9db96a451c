import { Outlet } from '@tanstack/react-router';
import type { Action } from '#contracts/permissions.ts';
import { isAllowed } from '#contracts/permissions.ts';
import type { MessageKey } from '../../i18n/en.ts';
import { useTranslation } from '../../i18n/use-translation.ts';
import { type PageTab, PageTabs } from '../../widgets/page-tabs.tsx';
import { useSession } from '../session.ts';

const TABS: readonly { to: PageTab['to']; label: MessageKey; action: Action }[] = [
  { to: '/organisation', label: 'org.general', action: 'organisation.read' },
  { to: '/organisation/members', label: 'org.members', action: 'members.read' },
  { to: '/organisation/projects', label: 'org.projects', action: 'projects.read' },
  { to: '/organisation/activation', label: 'org.activation', action: 'activation.read' },
  { to: '/organisation/providers', label: 'org.providers', action: 'providers.read' },
  { to: '/organisation/hosts', label: 'org.hosts', action: 'providers.read' },
  { to: '/organisation/webhooks', label: 'org.webhooks', action: 'webhooks.read' },
  { to: '/organisation/settings', label: 'org.settings', action: 'settings.read' },
  { to: '/organisation/audit', label: 'org.audit', action: 'audit.read' },
];

/** The pages of one organisation, of which each role sees those that it may read. */
export function OrganisationLayout() {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const tabs = TABS.filter(({ action }) => isAllowed(organisation.role, action));
  return (
    <>
      <PageTabs label={t('nav.organisation')} tabs={tabs.map(({ to, label }) => ({ to, label: t(label) }))} />
      <Outlet />
    </>
  );
}
