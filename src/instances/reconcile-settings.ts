import type { Settings } from '#config/settings.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { ReconcileSettings } from './reconcile/run.ts';

/** The figures of one reconciliation, read when it begins, so that a change reaches the next one. */
export function reconcileSettings(settings: Settings, providerId: string, orgId?: OrgId): ReconcileSettings {
  const silentMs = settings.get('WORKER_SILENT_MS');
  return {
    pollMs: settings.get('PROVIDER_POLL_MS', providerId),
    watchMs: settings.get('WATCH_INTERVAL_MS', providerId),
    provisionDeadlineMs: settings.get('PROVISION_DEADLINE_MS', providerId),
    bootDeadlineMs: settings.get('BOOT_DEADLINE_MS', providerId, orgId),
    installDeadlineMs: settings.get('INSTALL_DEADLINE_MS', providerId, orgId),
    startDeadlineMs: settings.get('START_DEADLINE_MS', providerId, orgId),
    drainDeadlineMs: settings.get('DRAIN_DEADLINE_MS', providerId, orgId),
    drainUnreachableMs: settings.get('DRAIN_UNREACHABLE_MS', providerId),
    workerSilentMs: silentMs,
    // Dead is more than silent, whatever was set.
    workerDeadMs: Math.max(settings.get('WORKER_DEAD_MS', providerId), 2 * silentMs),
    heartbeatFreshMs: Math.max(
      settings.get('HEARTBEAT_FRESH_MS', providerId),
      2 * settings.get('HEARTBEAT_INTERVAL_MS'),
    ),
    absenceWindowMs: settings.get('ABSENCE_WINDOW_MS', providerId),
    providerTimeoutMs: settings.get('PROVIDER_TIMEOUT_MS', providerId),
    bootstrapTtlMs: settings.get('BOOTSTRAP_TTL_MS', providerId),
    healthTimeoutMs: settings.get('HEALTH_TIMEOUT_MS', providerId),
    offerRetryMs: settings.get('OFFER_RETRY_MS', providerId),
    expiryHours: settings.get('EXPIRY_HOURS', providerId),
    attemptsMax: settings.get('PROVISION_ATTEMPTS_MAX', providerId, orgId),
    healthCacheMs: settings.get('HEALTH_CACHE_MS', providerId),
    healthRetryMaxMs: settings.get('HEALTH_RETRY_MAX_MS', providerId),
    healthBreakerFailures: settings.get('HEALTH_BREAKER_FAILURES', providerId),
    healthBreakerOpenMs: settings.get('HEALTH_BREAKER_OPEN_MS', providerId),
    reinstallDeadlineMs: settings.get('REINSTALL_DEADLINE_MS', providerId, orgId),
    autoReinstall: settings.get('WORKER_AUTO_REINSTALL', providerId, orgId) === 'on',
    reinstallsMax: settings.get('WORKER_REINSTALLS_MAX', providerId, orgId),
    serverRestartsMax: settings.get('SERVER_RESTARTS_MAX', providerId, orgId),
    alarmAfterMs: settings.get('ALARM_AFTER_MS', providerId),
  };
}
