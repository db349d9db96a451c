import type { Config } from '#config/config.ts';
import type { ReconcileSettings } from './reconcile/run.ts';

/** Silence after which a person should look; a returning heartbeat brings the worker back. */
const WORKER_DEAD_MS = 300_000;
/** A heartbeat younger than this outranks an active check. */
const HEARTBEAT_FRESH_MS = 30_000;
const ATTEMPTS_MAX = 5;
const ALARM_AFTER_MS = 900_000;
/** A machine that needs nothing is looked at once in this many first delays. */
const WATCH_POLLS = 30;

export function reconcileSettings({ values }: Config): ReconcileSettings {
  return {
    pollMs: values.PROVIDER_POLL_MS,
    watchMs: values.PROVIDER_POLL_MS * WATCH_POLLS,
    provisionDeadlineMs: values.BOOT_DEADLINE_MS,
    bootDeadlineMs: values.BOOT_DEADLINE_MS,
    installDeadlineMs: values.INSTALL_DEADLINE_MS,
    startDeadlineMs: values.START_DEADLINE_MS,
    drainDeadlineMs: values.DRAIN_DEADLINE_MS,
    drainUnreachableMs: values.HEALTH_TIMEOUT_MS,
    workerSilentMs: values.WORKER_SILENT_MS,
    workerDeadMs: Math.max(WORKER_DEAD_MS, 2 * values.WORKER_SILENT_MS),
    heartbeatFreshMs: Math.max(HEARTBEAT_FRESH_MS, 2 * values.HEARTBEAT_INTERVAL_MS),
    absenceWindowMs: values.ABSENCE_WINDOW_MS,
    providerTimeoutMs: values.PROVIDER_TIMEOUT_MS,
    bootstrapTtlMs: values.BOOTSTRAP_TTL_MS,
    attemptsMax: ATTEMPTS_MAX,
    alarmAfterMs: ALARM_AFTER_MS,
  };
}
