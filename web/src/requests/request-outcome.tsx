import { CircleCheck, CircleStop, CircleX, type LucideIcon, TriangleAlert } from 'lucide-react';
import { Chip, type Tone } from '../design/chip.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import type { RequestEntry } from './queries.ts';

export type Outcome = 'answered' | 'left' | 'refused' | 'broken' | 'failed';

const CLIENT_LEFT = 499;
const LOOKS: Record<Outcome, { tone: Tone; icon: LucideIcon }> = {
  answered: { tone: 'ok', icon: CircleCheck },
  left: { tone: 'neutral', icon: CircleStop },
  refused: { tone: 'warn', icon: TriangleAlert },
  broken: { tone: 'danger', icon: CircleX },
  failed: { tone: 'danger', icon: CircleX },
};

/** In a word: whose turn it is to do something about it. */
export function outcomeOf({ status, error_code: code, outcome }: RequestEntry): Outcome {
  if (status === CLIENT_LEFT || outcome === 'client_closed') return 'left';
  if (status >= 500) return 'failed';
  if (status >= 400) return 'refused';
  return code === null ? 'answered' : 'broken';
}

export function OutcomeChip({ entry }: { entry: RequestEntry }) {
  const { t } = useTranslation();
  const outcome = outcomeOf(entry);
  return (
    <Chip {...LOOKS[outcome]}>
      {t(`request.outcome.${outcome}`)} <span className="tabular text-muted">{entry.status}</span>
    </Chip>
  );
}

/** Codes whose cause and cure are known; the rest is explained by whose turn it is. */
const CODES: Partial<Record<string, MessageKey>> = {
  'model.not_served': 'request.why.not_served',
  'model.not_ready': 'request.why.not_ready',
  'model.starting': 'request.why.not_ready',
  'limit.exceeded': 'request.why.limit',
  'limit.request_too_large': 'request.why.too_large',
  'queue.full': 'request.why.queue',
  'queue.timeout': 'request.why.queue',
  'api_key.budget_reached': 'request.why.budget',
  'api_key.price_unknown': 'request.why.no_price',
  'upstream.failed': 'request.why.upstream',
  'upstream.broken_stream': 'request.why.upstream',
  'upstream.timeout': 'request.why.upstream_timeout',
  'offering.not_entitled': 'request.why.not_entitled',
  'wallet.empty': 'request.why.wallet',
};

/** Why a request was not answered as asked, and what to do; null for one that was. */
export function whyOf(entry: RequestEntry): MessageKey | null {
  const outcome = outcomeOf(entry);
  if (outcome === 'answered') return null;
  const known = entry.error_code === null ? undefined : CODES[entry.error_code];
  return known ?? `request.why.${outcome}`;
}
