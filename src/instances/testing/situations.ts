/** Rows and sightings as decisions see them, with one unremarkable value for everything. For tests only. */
import type { Server, ServerState } from '#providers/provider.ts';
import { nothingSeen, type Seen, type Situation } from '../reconcile/situation.ts';
import type { AttemptRow, InstanceRow, OfferRow, ReinstallRow, VolumeRow, WorkerRow } from '../rows.ts';

export const NOW = 1_000_000_000;
export const LIMITS: Situation['limits'] = {
  pollMs: 1_000,
  watchMs: 30_000,
  provisionDeadlineMs: 600_000,
  bootDeadlineMs: 600_000,
  installDeadlineMs: 900_000,
  startDeadlineMs: 5_400_000,
  drainDeadlineMs: 30_000,
  drainUnreachableMs: 5_000,
  workerSilentMs: 9_000,
  workerDeadMs: 300_000,
  heartbeatFreshMs: 30_000,
  absenceWindowMs: 10_000,
  attemptsMax: 5,
  alarmAfterMs: 900_000,
  healthCacheMs: 10_000,
  healthRetryMaxMs: 30_000,
  healthBreakerFailures: 5,
  healthBreakerOpenMs: 60_000,
  reinstallDeadlineMs: 300_000,
  autoReinstall: false,
  reinstallsMax: 3,
  serverRestartsMax: 3,
};

export function instance(change: Partial<InstanceRow> = {}): InstanceRow {
  return {
    id: 'inst_x',
    orgId: 'org_x',
    name: 'demo-1',
    providerId: 'mock',
    accountId: null,
    zone: 'mock-a',
    instanceType: 'MOCK-L4-1',
    offerPosition: 0,
    wanted: 'serving',
    isArchived: false,
    state: 'provisioning',
    stateVersion: 1,
    stateReason: 'ordered',
    stateAtMs: NOW - 1_000,
    createdAtMs: NOW - 2_000,
    serverRef: 'srv-1',
    serverState: null,
    serverLookedAtMs: NOW - 1_000,
    serverMissingSinceMs: null,
    address: '127.0.0.1',
    priceNanosPerHour: 1,
    priceCurrency: 'EUR',
    weightsBytes: 16e9,
    correlationId: 'cor_x',
    steps: [],
    isDrained: false,
    serverRestarts: 0,
    serverRestartedAtMs: null,
    healthAtMs: null,
    healthVerdict: null,
    healthFailures: 0,
    isActivated: true,
    activatedAtMs: null,
    ...change,
  };
}

export function attempt(change: Partial<AttemptRow> = {}): AttemptRow {
  return {
    id: 'att_1',
    kind: 'server',
    number: 1,
    zone: 'mock-a',
    name: 'inv-demo-1',
    state: 'present',
    providerRef: 'srv-1',
    absentAfterMs: NOW + 5_000,
    refusalKind: null,
    refusalMessage: null,
    isStray: false,
    offerPosition: 0,
    expiresAtMs: NOW + 3_600_000,
    createdAtMs: NOW - 1_500,
    deleteCalledAtMs: null,
    ...change,
  };
}

export function offer(change: Partial<OfferRow> = {}): OfferRow {
  return {
    position: 0,
    zone: 'mock-a',
    instanceTypeId: 'type_1',
    instanceType: 'MOCK-L4-1',
    priceNanosPerHour: 1,
    priceCurrency: 'EUR',
    refusalKind: null,
    refusalMessage: null,
    blockedKind: null,
    blockedUntil: null,
    misfit: null,
    ...change,
  };
}

export function worker(change: Partial<WorkerRow> = {}): WorkerRow {
  return {
    epoch: 1,
    reach: 'direct',
    isRevoked: false,
    registeredAtMs: NOW - 60_000,
    status: 'ready',
    version: '0.1.0',
    sha256: 'a',
    errorCode: null,
    errorMessage: null,
    inFlight: 0,
    lastSeenAtMs: NOW - 1_000,
    ...change,
  };
}

export function reinstall(change: Partial<ReinstallRow> = {}): ReinstallRow {
  return {
    id: 'rein_x',
    isAutomatic: false,
    path: 'agent_order',
    pathAtMs: NOW - 500,
    fromEpoch: 1,
    orderedAtMs: null,
    ...change,
  };
}

export function volume(change: Partial<VolumeRow> = {}): VolumeRow {
  return {
    id: 'vol_1',
    providerRef: 'vol-1',
    zone: 'mock-a',
    discoveredOn: 'srv-1',
    deleteOnTerminate: true,
    isDeleted: false,
    deleteCalledAtMs: null,
    ...change,
  };
}

export function server(state: ServerState, change: Partial<Server> = {}): Server {
  return {
    ref: { id: 'srv-1', zone: 'mock-a' },
    state,
    rawState: state,
    type: 'MOCK-L4-1',
    owner: undefined,
    address: state === 'running' ? '127.0.0.1' : undefined,
    volumes: [{ id: 'vol-1', zone: 'mock-a' }],
    billedFromMs: 1,
    billedToMs: state === 'gone' ? 2 : undefined,
    createdAtMs: 1,
    ...change,
  };
}

export function situation(change: Partial<Situation> = {}): Situation {
  return {
    nowMs: NOW,
    instance: instance(),
    worker: worker(),
    offers: [offer()],
    attempts: [attempt()],
    volumes: [volume()],
    givenVolumes: [],
    alarms: [],
    reinstall: undefined,
    automaticReinstalls: 0,
    freeze: undefined,
    limits: LIMITS,
    capabilities: { idempotentCreate: 'token', tombstones: true, parts: [], userDataAtEachBoot: false },
    ...change,
  };
}

export function seenServer(found: Server | null, id = 'srv-1'): Seen {
  const seen = nothingSeen();
  seen.servers.set(id, found);
  return seen;
}
