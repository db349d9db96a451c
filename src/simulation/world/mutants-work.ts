/** Rules of leases, due work, states and workers. */
import type { Focus } from './focus.ts';
import type { Mutant } from './mutants.ts';

const JOBS = 'src/jobs/store.ts';
const WATCH = 'src/instances/jobs/watch-workers.ts';
const WORKERS = 'src/instances/store/workers.ts';

/** Most machines come to serve, and stay. */
const FLEET: Focus = {
  orders: 6,
  isKept: true,
  isSilenced: true,
  without: ['zone_full', 'provider_refusal', 'worker_never_registers', 'worker_engine_fails', 'worker_dies'],
};

const SILENCED: Focus = { isKept: true, isSilenced: true };

export const WORK_MUTANTS: readonly Mutant[] = [
  {
    name: 'applied-after-the-lease',
    why: 'who lost the lease writes nothing',
    edits: [
      {
        file: 'src/jobs/runner.ts',
        find: 'if (!(await lockLeasedJob(tx, job, token)))',
        replace: 'if ((await lockLeasedJob(tx, job, token)) === undefined)',
      },
    ],
  },
  {
    name: 'decided-without-a-lease',
    why: 'decisions are written under the lease or not at all',
    edits: [
      {
        file: 'src/instances/reconcile/run.ts',
        find: 'const result = await run.lease.apply(work);',
        replace: 'const result = await run.deps.db.transaction(work);',
      },
    ],
  },
  {
    name: 'costs-settled-without-a-lease',
    why: 'decisions are written under the lease or not at all',
    edits: [
      {
        file: 'src/finops/jobs/settle-costs.ts',
        find: 'await lease.apply(async (tx) => {',
        replace: 'await db.transaction(async (tx) => {',
      },
    ],
  },
  {
    name: 'finished-after-the-lease',
    why: 'a late run must not end what another one has in hand',
    edits: [
      {
        file: JOBS,
        find: 'where kind = $1 and subject_id = $2 and lease_token = $3\n     returning generation',
        replace: 'where kind = $1 and subject_id = $2 and $3::text is not null\n     returning generation',
      },
    ],
  },
  {
    name: 'request-during-a-run-lost',
    why: 'what was asked during a run is followed by another run',
    edits: [
      {
        file: JOBS,
        find: 'and lease_token = $3 and generation = $4 returning 1',
        replace: 'and lease_token = $3 and $4::bigint is not null returning 1',
      },
    ],
  },
  {
    name: 'lease-of-the-dead-kept',
    why: 'work of a process that died is taken over',
    edits: [
      {
        file: JOBS,
        find: '(lease_until is null or lease_until <= (select app_now()))',
        replace: '(lease_until is null)',
      },
    ],
  },
  {
    name: 'taken-while-held',
    why: 'a job is in one hand at a time',
    edits: [
      { file: JOBS, find: 'and (lease_until is null or lease_until <= (select app_now()))', replace: '' },
    ],
  },
  {
    name: 'notifications-alone',
    why: 'a notification may be lost, so everybody also looks by himself',
    edits: [
      {
        file: 'src/jobs/runner.ts',
        find: 'await this.#env.sleep(this.#options.figures.pollMs, this.#alarm.signal)',
        replace: 'await this.#env.sleep(1e9, this.#alarm.signal)',
      },
    ],
  },
  {
    name: 'termination-wakes-nobody',
    why: 'an intent and the work that serves it commit together',
    edits: [
      {
        file: 'src/instances/commands/terminate-instance.ts',
        find: 'await wakeReconciler(tx, scope, id, by.correlationId);',
        replace: '',
      },
    ],
  },
  {
    name: 'order-wakes-nobody',
    why: 'an intent and the work that serves it commit together',
    edits: [
      {
        file: 'src/instances/commands/provision-instance.ts',
        find: 'await wakeReconciler(tx, scope, id, by.correlationId);',
        replace: '',
      },
    ],
  },
  {
    name: 'change-without-event',
    why: 'a fact and its event commit together',
    edits: [
      { file: 'src/instances/store/instances.ts', find: 'await announce(tx, change, id);', replace: '' },
    ],
  },
  {
    name: 'bootstrap-token-used-twice',
    why: 'one machine, once',
    edits: [
      {
        file: WORKERS,
        find: `and bootstrap_used_at is null and bootstrap_expires_at > app_now()
       and revoked_at is null and epoch = $3`,
        replace: `and bootstrap_expires_at > app_now()
       and revoked_at is null and epoch = $3`,
      },
      {
        file: 'src/instances/commands/register-worker.ts',
        find: 'if (enrolment.isUsed && enrolment.nonceHash !== nonceHash)',
        replace: 'if (enrolment.epoch < 0)',
      },
    ],
  },
  {
    name: 'beat-of-another-epoch-accepted',
    why: 'an older worker of the same instance is not this one',
    edits: [
      {
        file: 'src/instances/commands/record-heartbeat.ts',
        find: `if (beat.epoch !== worker.epoch) throw new AppError('worker.superseded');`,
        replace: '',
      },
    ],
  },
  {
    name: 'beat-of-another-instance-accepted',
    why: 'a worker speaks for itself only',
    edits: [
      {
        file: 'src/instances/commands/record-heartbeat.ts',
        find: `if (beat.instance_id !== worker.instanceId) throw new AppError('worker.wrong_instance');`,
        replace: '',
      },
    ],
  },
  {
    name: 'token-outlives-its-machine',
    why: 'who has ended speaks no more',
    edits: [
      {
        file: 'src/instances/store/instances.ts',
        find: 'await revokeWorker(tx, scope, id);',
        replace: '',
      },
    ],
  },
  {
    name: 'silent-worker-routed',
    why: 'who is silent gets no requests',
    edits: [
      {
        file: 'src/routing/snapshot.ts',
        find: 'silentMs <= limits.unroutedAfterMs && (',
        replace: 'silentMs <= Number.MAX_VALUE && (',
      },
    ],
  },
  {
    name: 'unready-worker-routed',
    why: 'who says that he is not ready gets no requests',
    edits: [
      {
        file: WORKERS,
        find: `and w.revoked_at is null and w.status = 'ready'\n     join`,
        replace: `and w.revoked_at is null\n     join`,
      },
    ],
  },
  {
    name: 'given-up-while-nobody-is-heard',
    focus: FLEET,
    why: 'a fleet does not fall silent at once: then it is the control plane that does not hear',
    edits: [
      {
        file: 'src/instances/eviction-freeze.ts',
        find: `if (silent >= limits.min && silent * 100 > limits.percent * fleet) return 'fleet_silent';`,
        replace: '',
      },
    ],
  },
  {
    name: 'silence-told-to-nobody',
    focus: SILENCED,
    why: 'a machine at rest is looked at when its worker falls silent',
    edits: [
      {
        file: WATCH,
        find: 'await enqueueAll(tx, RECONCILE_INSTANCE, subjects, { onlyMissing: false });',
        replace: '',
      },
    ],
  },
  {
    name: 'silence-told-once-for-ever',
    focus: { ...SILENCED, always: ['agents_unheard'] },
    why: 'who was silent and spoke again may fall silent again',
    edits: [
      {
        file: 'src/instances/store/silent-workers.ts',
        find: '(w.silence_told_at is null or w.silence_told_at < w.last_seen_at)',
        replace: 'w.silence_told_at is null',
      },
    ],
  },
];
