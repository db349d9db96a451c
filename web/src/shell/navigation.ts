import {
  Activity,
  Bot,
  Boxes,
  Building2,
  ChartColumn,
  ChartLine,
  Cpu,
  House,
  KeyRound,
  Layers,
  type LucideIcon,
  MessageSquareText,
  ScrollText,
  Server,
  ShieldCheck,
  Store,
} from 'lucide-react';
import { type Action, isAllowed } from '#contracts/permissions.ts';
import type { MessageKey } from '../i18n/en.ts';
import { useSession } from '../identity/session.ts';

export interface NavigationItem {
  to:
    | '/'
    | '/chat'
    | '/models'
    | '/deployments'
    | '/instances'
    | '/workers'
    | '/machines'
    | '/keys'
    | '/costs'
    | '/usage'
    | '/requests'
    | '/observability'
    | '/market'
    | '/organisation'
    | '/platform';
  label: MessageKey;
  icon: LucideIcon;
  /** On a phone behind "More": five places have room for their names, six have not. */
  isRare?: boolean;
  /** Who may not do this does not see it. */
  action?: Action;
  /** Only for those who look after the whole installation. */
  isPlatform?: boolean;
}

const NAVIGATION: readonly NavigationItem[] = [
  { to: '/', label: 'nav.home', icon: House },
  { to: '/chat', label: 'nav.chat', icon: MessageSquareText },
  { to: '/models', label: 'nav.models', icon: Boxes, isRare: true },
  { to: '/deployments', label: 'nav.deployments', icon: Layers, isRare: true },
  { to: '/instances', label: 'nav.instances', icon: Server },
  { to: '/workers', label: 'nav.workers', icon: Bot, isRare: true },
  { to: '/machines', label: 'nav.machines', icon: Cpu, isRare: true },
  { to: '/keys', label: 'nav.keys', icon: KeyRound, isRare: true },
  { to: '/usage', label: 'nav.usage', icon: ChartColumn, isRare: true },
  { to: '/costs', label: 'nav.costs', icon: ChartLine, action: 'costs.read' },
  {
    to: '/observability',
    label: 'nav.observability',
    icon: Activity,
    isRare: true,
    action: 'usage.read',
  },
  { to: '/requests', label: 'nav.requests', icon: ScrollText, isRare: true },
  { to: '/market', label: 'nav.market', icon: Store, isRare: true },
  { to: '/organisation', label: 'nav.organisation', icon: Building2, isRare: true },
  { to: '/platform', label: 'nav.platform', icon: ShieldCheck, isRare: true, isPlatform: true },
];

/** The places that the person signed in has something to do at. */
export function useNavigation(): readonly NavigationItem[] {
  const { user, organisation } = useSession();
  return NAVIGATION.filter(
    ({ action, isPlatform }) =>
      (action === undefined || isAllowed(organisation.role, action)) &&
      (!isPlatform || user.is_platform_admin),
  );
}
