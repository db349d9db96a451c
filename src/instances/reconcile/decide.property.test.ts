import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  INSTANCE_STATES,
  type InstanceState,
  PROGRESS_STEP_NAMES,
  type ProgressStep,
  type ReinstallPath,
} from '#contracts/instances.ts';
import { WORKER_STATUSES, type WorkerStatus } from '#contracts/worker.ts';
import type { Part, PartKind, ResourceKind, ServerState, Volume } from '#providers/provider.ts';
import type { FreezeCause } from '../eviction-freeze.ts';
import { isEdge } from '../instance-machine.ts';
import type { AttemptRow } from '../rows.ts';
import {
  attempt,
  instance,
  LIMITS,
  NOW,
  offer,
  reinstall,
  server,
  situation,
  volume,
  worker,
} from '../testing/situations.ts';
import { decide } from './decide.ts';
import { nothingSeen, type Seen } from './situation.ts';

const recent = fc.integer({ min: NOW - 6_000_000, max: NOW });
const maybeRecent = fc.option(recent, { nil: null });
const anyServer = fc
  .record({
    state: fc.constantFrom<ServerState>(
      'stopped',
      'starting',
      'running',
      'stopping',
      'gone',
      'error',
      'unknown',
    ),
    address: fc.option(fc.constant('127.0.0.1'), { nil: undefined }),
  })
  .map(({ state, address }) => server(state, { address }));
const anyAttempt = fc.record({
  id: fc.constantFrom('att_1' as const, 'att_2' as const),
  kind: fc.constantFrom<ResourceKind>('server', 'server', 'volume', 'address', 'security_group', 'key'),
  isStray: fc.boolean(),
  zone: fc.constantFrom('mock-a', 'mock-b'),
  offerPosition: fc.constantFrom(0, 1),
  state: fc.constantFrom<AttemptRow['state']>('open', 'called', 'present', 'absent'),
  providerRef: fc.constantFrom('srv-1', 'srv-2', 'vol-1', null),
  absentAfterMs: fc.option(fc.integer({ min: NOW - 60_000, max: NOW + 60_000 }), { nil: null }),
  refusalKind: fc.constantFrom(null, 'stock_out', 'invalid', 'auth', 'odd'),
  deleteCalledAtMs: maybeRecent,
});
const anyWorker = fc.record({
  isRevoked: fc.boolean(),
  registeredAtMs: maybeRecent,
  status: fc.option(fc.constantFrom<WorkerStatus>(...WORKER_STATUSES), { nil: null }),
  errorCode: fc.constantFrom(null, 'engine_crashed'),
  inFlight: fc.nat(3),
  lastSeenAtMs: maybeRecent,
});
const anyReinstall = fc.record({
  isAutomatic: fc.boolean(),
  path: fc.constantFrom<ReinstallPath>('agent_order', 'user_data', 'ssh', 'replacement'),
  pathAtMs: recent,
  fromEpoch: fc.nat(2),
  orderedAtMs: maybeRecent,
});
const anySituation = fc
  .record({
    state: fc.constantFrom<InstanceState>(...INSTANCE_STATES),
    wanted: fc.constantFrom('serving' as const, 'terminated' as const),
    isArchived: fc.boolean(),
    stateAtMs: recent,
    serverRef: fc.constantFrom('srv-1', null),
    serverState: fc.constantFrom(null, 'running', 'fell_back'),
    serverLookedAtMs: maybeRecent,
    serverMissingSinceMs: maybeRecent,
    address: fc.constantFrom('127.0.0.1', null),
    steps: fc.subarray<ProgressStep>([...PROGRESS_STEP_NAMES]),
    worker: fc.option(anyWorker, { nil: undefined }),
    attempts: fc.array(anyAttempt, { maxLength: 3 }),
    volumes: fc.array(
      fc.record({
        discoveredOn: fc.constantFrom('srv-1', 'srv-2', null),
        deleteOnTerminate: fc.boolean(),
        isDeleted: fc.boolean(),
        deleteCalledAtMs: maybeRecent,
      }),
      { maxLength: 2 },
    ),
    idempotentCreate: fc.constantFrom('token' as const, 'tag' as const),
    parts: fc.subarray<PartKind>(['key', 'security_group', 'address', 'volume']),
    offerPosition: fc.constantFrom(0, 1),
    offers: fc.array(
      fc.record({
        refusalKind: fc.constantFrom(null, 'stock_out'),
        blockedKind: fc.constantFrom(null, 'quota'),
        misfit: fc.constantFrom(null, 'too small'),
        instanceTypeId: fc.constantFrom('type_1' as const, 'type_2' as const),
      }),
      { maxLength: 4 },
    ),
    userDataAtEachBoot: fc.boolean(),
    installsOverSsh: fc.boolean(),
    isDrained: fc.boolean(),
    serverRestarts: fc.nat(4),
    serverRestartedAtMs: maybeRecent,
    healthAtMs: maybeRecent,
    healthVerdict: fc.constantFrom(
      null,
      'confirmed' as const,
      'contradicted' as const,
      'unreachable' as const,
    ),
    healthFailures: fc.nat(8),
    stateReason: fc.constantFrom('ordered', 'reinstall_failed', 'worker_silent'),
    freeze: fc.constantFrom<FreezeCause | undefined>(undefined, 'fleet_silent', 'control_plane_back'),
    reinstall: fc.option(anyReinstall, { nil: undefined }),
    automaticReinstalls: fc.nat(4),
    autoReinstall: fc.boolean(),
    alarms: fc.constantFrom<string[]>([], ['TERMINATION_STALLED', 'CREATE_UNRESOLVED']),
  })
  .map((any) => {
    const {
      worker: w,
      attempts,
      volumes,
      idempotentCreate,
      userDataAtEachBoot,
      installsOverSsh,
      alarms,
      parts,
      offers,
      ...facts
    } = any;
    const { freeze, reinstall: r, automaticReinstalls, autoReinstall, ...row } = facts;
    return situation({
      instance: instance(row),
      freeze,
      reinstall: r && reinstall(r),
      automaticReinstalls,
      limits: { ...LIMITS, autoReinstall },
      worker: w && worker(w),
      attempts: attempts.map((a, index) => attempt({ ...a, number: index + 1 })),
      volumes: volumes.map((v, index) => volume({ ...v, id: `vol_${index}` })),
      offers: offers.map((o, position) => offer({ ...o, position })),
      capabilities: { idempotentCreate, parts, tombstones: true, userDataAtEachBoot, installsOverSsh },
      alarms,
    });
  });
const anySeen = fc
  .record({
    servers: fc.dictionary(fc.constantFrom('srv-1', 'srv-2'), fc.option(anyServer, { nil: null })),
    parts: fc.dictionary(
      fc.constantFrom('att_1', 'att_2'),
      fc.option(fc.constantFrom('present', 'gone', 'unknown'), { nil: null }),
    ),
    found: fc.dictionary(fc.constantFrom('att_1', 'att_2'), fc.array(anyServer, { maxLength: 2 })),
    volumes: fc.dictionary(
      fc.constantFrom('vol_0', 'vol_1'),
      fc.option(fc.constantFrom('available', 'attached', 'gone'), { nil: null }),
    ),
    health: fc.constantFrom<Seen['health']>(undefined, 'confirmed', 'contradicted', 'unreachable'),
    drain: fc.constantFrom<Seen['drain']>(undefined, { inFlight: 0 }, { inFlight: 2 }, 'unreachable'),
    order: fc.constantFrom<Seen['order']>(undefined, 'accepted', 'failed', 'refused', 'unreachable'),
  })
  .map(
    (seen): Seen => ({
      ...nothingSeen(),
      servers: new Map(Object.entries(seen.servers)),
      parts: new Map(
        Object.entries(seen.parts).map(([id, state]) => [id, state === null ? null : ({ state } as Part)]),
      ),
      found: new Map(Object.entries(seen.found)),
      volumes: new Map(
        Object.entries(seen.volumes).map(([id, state]) => [
          id,
          state === null ? null : ({ state } as Volume),
        ]),
      ),
      health: seen.health,
      drain: seen.drain,
      order: seen.order,
    }),
  );

test('every situation has a decision: a legal move, an effect, a wait with an end, or rest where nothing is wanted', () => {
  fc.assert(
    fc.property(anySituation, anySeen, (view, seen) => {
      const decision = decide(view, seen);
      assert.deepEqual(decide(view, seen), decision, 'it is a function');
      const { state, wanted } = view.instance;
      if (decision.do === 'move') assert.ok(isEdge(state, decision.to), `${state} to ${decision.to}`);
      if (decision.do === 'wait') assert.ok(decision.ms >= 0 && decision.ms <= 60_000, `${decision.ms} ms`);
      if (decision.do === 'rest') {
        const isAtRest =
          state === 'archived' ||
          state === 'terminated' ||
          (state === 'provisioning_failed' && wanted === 'serving');
        assert.ok(isAtRest, `${state} may not rest`);
      }
    }),
    { numRuns: 20_000 },
  );
});

test('nothing is created for a machine that is to go, and nothing ends without a proof', () => {
  fc.assert(
    fc.property(anySituation, anySeen, (view, seen) => {
      const decision = decide(view, seen);
      if (view.instance.wanted === 'terminated' || view.instance.state !== 'provisioning') {
        assert.ok(decision.do !== 'call_create' && decision.do !== 'open_attempt');
      }
      if (decision.do === 'move' && decision.to === 'terminated' && view.instance.state === 'terminating') {
        const kept = view.volumes.filter((volume) => !volume.deleteOnTerminate && !volume.isDeleted);
        const left = view.attempts.filter((candidate) => candidate.state !== 'absent');
        for (const { kind, providerRef } of left) {
          assert.equal(kind, 'volume', 'only a volume may stay');
          assert.ok(kept.some((volume) => volume.providerRef === providerRef));
        }
        assert.ok(view.volumes.every((candidate) => candidate.isDeleted || !candidate.deleteOnTerminate));
      }
      if (decision.do === 'confirm_gone' && decision.resource === null) {
        const { attempt: its } = decision;
        const isDeletedVolume =
          its.kind === 'volume' &&
          view.volumes.some((volume) => volume.isDeleted && volume.providerRef === its.providerRef);
        const isProven =
          NOW >= (its.absentAfterMs ?? 0) &&
          ((view.instance.state === 'provisioning' && its.kind === 'server') ||
            NOW >= (its.deleteCalledAtMs ?? NOW) + LIMITS.absenceWindowMs);
        assert.ok(isProven || isDeletedVolume);
      }
      const isEnding = ['terminating', 'terminated', 'archived', 'provisioning_failed'].includes(
        view.instance.state,
      );
      if (decision.do === 'delete_resource' && !isEnding) {
        const { attempt: its } = decision;
        const current = view.attempts.findLast((one) => one.kind === its.kind && !one.isStray);
        const isKept =
          its.kind === 'server' && view.instance.serverRef !== null
            ? !its.isStray && its.providerRef === view.instance.serverRef
            : its === current;
        assert.ok(!isKept, 'what is kept is not deleted while wanted');
      }
      if (decision.do === 'delete_volume' && !isEnding) {
        const { discoveredOn } = decision.volume;
        const isKeptServers = discoveredOn !== null && discoveredOn === view.instance.serverRef;
        assert.ok(decision.volume.deleteOnTerminate && !isKeptServers);
      }
    }),
    { numRuns: 20_000 },
  );
});

test('silence alone gives nobody up while the control plane may not hear, and nothing automatic takes a machine away', () => {
  fc.assert(
    fc.property(anySituation, anySeen, (view, seen) => {
      const decision = decide(view, seen);
      if (view.freeze !== undefined) {
        assert.notEqual(decision.do, 'begin_reinstall');
        if (decision.do === 'move') {
          assert.ok(decision.reason !== 'worker_silent' && decision.reason !== 'worker_never_registered');
        }
      }
      if (view.reinstall?.isAutomatic) {
        assert.notEqual(decision.do, 'replace');
        assert.ok(decision.do !== 'next_path' || decision.path !== 'replacement');
      }
      if (decision.do === 'restart_server') {
        assert.ok(view.instance.serverRestarts < view.limits.serverRestartsMax);
        assert.equal(view.instance.wanted, 'serving');
      }
      if (decision.do === 'begin_reinstall') {
        assert.ok(view.limits.autoReinstall && view.automaticReinstalls < view.limits.reinstallsMax);
      }
    }),
    { numRuns: 20_000 },
  );
});
