import { Outlet } from '@tanstack/react-router';
import { type Action, isAllowed } from '#contracts/permissions.ts';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { type PageTab, PageTabs } from '../widgets/page-tabs.tsx';

const TABS: readonly { to: PageTab['to']; label: MessageKey; action: Action }[] = [
  { to: '/market', label: 'market.discover', action: 'offerings.read' },
  { to: '/market/use', label: 'market.use', action: 'offerings.read' },
  { to: '/market/own', label: 'market.own', action: 'offerings.read' },
  { to: '/market/requests', label: 'market.requests', action: 'contracts.read' },
  { to: '/market/contracts', label: 'market.contracts', action: 'contracts.read' },
  { to: '/market/wallet', label: 'market.wallet', action: 'costs.read' },
];

/** What organisations offer each other, agree on and owe, of which each role sees what it may read. */
export function MarketLayout() {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const tabs = TABS.filter(({ action }) => isAllowed(organisation.role, action));
  return (
    <>
      <PageTabs label={t('nav.market')} tabs={tabs.map(({ to, label }) => ({ to, label: t(label) }))} />
      <Outlet />
    </>
  );
}
