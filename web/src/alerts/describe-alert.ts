import type { AlertView } from '#contracts/alerts.ts';
import type { MessageKey } from '../i18n/en.ts';
import type { Translate } from '../i18n/use-translation.ts';
import { describeReason } from '../instances/reasons.ts';

const WORDS: Record<string, MessageKey> = {
  PROVISIONING_FAILED: 'alert.provisioning_failed',
  STARTUP_FAILED: 'alert.startup_failed',
  WORKER_DEAD: 'alert.worker_dead',
  WORKER_UNAVAILABLE: 'alert.worker_unavailable',
  WORKER_VERSION_MISMATCH: 'alert.worker_version_mismatch',
  CREATE_UNRESOLVED: 'alert.create_unresolved',
  START_STALLED: 'alert.start_stalled',
  TERMINATION_STALLED: 'alert.termination_stalled',
  EVICTIONS_FROZEN: 'alert.evictions_frozen',
  SWEEP_BREAKER: 'alert.sweep_breaker',
  SWEEP_RESTORED: 'alert.sweep_restored',
  SWEEP_WINDOW_SHORT: 'alert.sweep_window_short',
  SWEEP_STUCK: 'alert.sweep_stuck',
  SWEEP_BLIND: 'alert.sweep_blind',
  MAIL_NOT_SENT: 'alert.mail_not_sent',
  MAIL_UNDELIVERABLE: 'alert.mail_undeliverable',
  EXPIRY_NOT_RENEWED: 'alert.expiry_not_renewed',
};

interface Description {
  title: string;
  /** The cause, as far as the alert carries it. */
  detail: string | null;
}

/** What is wrong, in the reader's language. A code that is new to this page is shown as it is. */
export function describeAlert({ code, details }: AlertView, t: Translate): Description {
  const known = WORDS[code];
  const { reason, message } = details;
  const detail =
    typeof reason === 'string' ? describeReason(reason, t) : typeof message === 'string' ? message : null;
  return { title: known === undefined ? code : t(known), detail };
}
