import {
  Bot,
  Boxes,
  ChartLine,
  Cpu,
  House,
  KeyRound,
  Layers,
  type LucideIcon,
  MessageSquareText,
  Server,
} from 'lucide-react';
import type { MessageKey } from '../i18n/en.ts';

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
    | '/costs';
  label: MessageKey;
  icon: LucideIcon;
  /** On a phone behind "More": five places have room for their names, six have not. */
  isRare?: boolean;
}

export const NAVIGATION: readonly NavigationItem[] = [
  { to: '/', label: 'nav.home', icon: House },
  { to: '/chat', label: 'nav.chat', icon: MessageSquareText },
  { to: '/models', label: 'nav.models', icon: Boxes, isRare: true },
  { to: '/deployments', label: 'nav.deployments', icon: Layers, isRare: true },
  { to: '/instances', label: 'nav.instances', icon: Server },
  { to: '/workers', label: 'nav.workers', icon: Bot, isRare: true },
  { to: '/machines', label: 'nav.machines', icon: Cpu, isRare: true },
  { to: '/keys', label: 'nav.keys', icon: KeyRound, isRare: true },
  { to: '/costs', label: 'nav.costs', icon: ChartLine },
];
