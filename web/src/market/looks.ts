import {
  CalendarSync,
  CircleCheck,
  CircleOff,
  CircleX,
  Clock,
  Coins,
  Eye,
  EyeOff,
  FlaskConical,
  Gift,
  Handshake,
  Link2,
  type LucideIcon,
  PencilLine,
} from 'lucide-react';
import type { AccessRequestView, ContractView, EntitlementView, OfferingView } from '#contracts/offerings.ts';
import type { Tone } from '../design/chip.tsx';

interface Look {
  tone: Tone;
  icon: LucideIcon;
}

export const OFFERING_LOOKS: Record<OfferingView['state'], Look> = {
  draft: { tone: 'neutral', icon: PencilLine },
  published: { tone: 'ok', icon: CircleCheck },
  withdrawn: { tone: 'neutral', icon: CircleOff },
};

export const REQUEST_LOOKS: Record<AccessRequestView['state'], Look> = {
  requested: { tone: 'info', icon: Clock },
  approved: { tone: 'ok', icon: CircleCheck },
  refused: { tone: 'danger', icon: CircleX },
  withdrawn: { tone: 'neutral', icon: CircleOff },
};

export const CONTRACT_LOOKS: Record<ContractView['state'], Look> = {
  proposed: { tone: 'warn', icon: Handshake },
  upcoming: { tone: 'info', icon: Clock },
  active: { tone: 'ok', icon: CircleCheck },
  ended: { tone: 'neutral', icon: CircleOff },
};

export const ENTITLEMENT_LOOKS: Record<EntitlementView['state'], Look> = CONTRACT_LOOKS;

export const ACCESS_ICONS: Record<OfferingView['access'], LucideIcon> = {
  free: Gift,
  per_token: Coins,
  trial: FlaskConical,
  subscription: CalendarSync,
  request: Handshake,
};

export const VISIBILITY_ICONS: Record<OfferingView['visibility'], LucideIcon> = {
  public: Eye,
  unlisted: Link2,
  private: EyeOff,
};
