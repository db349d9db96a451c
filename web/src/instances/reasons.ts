import type { InstanceReason } from '#contracts/instances.ts';
import type { MessageKey } from '../i18n/en.ts';
import type { Translate } from '../i18n/use-translation.ts';

const WORDS: Record<InstanceReason, MessageKey> = {
  ordered: 'reason.ordered',
  server_created: 'reason.server_created',
  server_running: 'reason.server_running',
  worker_registered: 'reason.worker_registered',
  health_confirmed: 'reason.health_confirmed',
  worker_returned: 'reason.worker_returned',
  termination_requested: 'reason.termination_requested',
  drained: 'reason.drained',
  drain_deadline: 'reason.drain_deadline',
  drain_unreachable: 'reason.drain_unreachable',
  nothing_left: 'reason.nothing_left',
  archive_requested: 'reason.archive_requested',
  retry_requested: 'reason.retry_requested',
  stock_out: 'reason.stock_out',
  quota: 'reason.quota',
  auth: 'reason.auth',
  permission: 'reason.permission',
  invalid: 'reason.invalid',
  unsupported: 'reason.unsupported',
  does_not_fit: 'reason.does_not_fit',
  provider_unanswered: 'reason.provider_unanswered',
  provider_unknown: 'reason.provider_unknown',
  server_never_ran: 'reason.server_never_ran',
  server_error: 'reason.server_error',
  server_stopped: 'reason.server_stopped',
  worker_never_registered: 'reason.worker_never_registered',
  model_never_ready: 'reason.model_never_ready',
  drain_requested: 'reason.drain_requested',
  resume_requested: 'reason.resume_requested',
  reinstall_requested: 'reason.reinstall_requested',
  reinstall_automatic: 'reason.reinstall_automatic',
  reinstall_failed: 'reason.reinstall_failed',
  unarchive_requested: 'reason.unarchive_requested',
  engine_failed: 'reason.engine_failed',
  worker_not_ready: 'reason.worker_not_ready',
  worker_silent: 'reason.worker_silent',
  server_gone: 'reason.server_gone',
};

/** A cause in the reader's language. What a provider or an engine said itself is passed on as it is. */
export function describeReason(reason: string, t: Translate): string {
  return isKnown(reason) ? t(WORDS[reason]) : reason;
}

function isKnown(reason: string): reason is InstanceReason {
  return Object.hasOwn(WORDS, reason);
}
