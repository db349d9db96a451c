/** Rules of comparing what is rented with what is known, and of what stands beside a server. */
import type { Focus } from './focus.ts';
import type { Mutant } from './mutants.ts';

const CLASSIFY = 'src/instances/sweep/classify.ts';
const PLAN = 'src/instances/sweep/plan.ts';
const ROWS = 'src/instances/store/sweep-rows.ts';
const ROUND = 'src/instances/jobs/sweep-provider.ts';
const RECORDS = 'src/instances/sweep/finding-records.ts';
const RELEASE = 'src/instances/reconcile/decide-release.ts';
const CREATE = 'src/instances/reconcile/decide-create.ts';

const NO_GRACE = { file: PLAN, find: '>= facts.graceMs;', replace: '>= 0;' };

const SWEPT: Focus = { hasSweep: true };
const DOUBLED: Focus = { hasSweep: true, always: ['provider_doubles'] };

export const SWEEP_MUTANTS: readonly Mutant[] = [
  {
    name: 'sweep-reads-rows-first',
    focus: SWEPT,
    why: 'what is ordered during a listing has its row by the time the rows are read',
    edits: [
      NO_GRACE,
      {
        file: ROUND,
        find: 'const listing = await listAll(round);',
        replace: `Object.assign(round, { early: await loadSweepRows(deps.db, round, []) });
          const listing = await listAll(round);`,
      },
      {
        file: ROUND,
        find: 'loadSweepRows(db, round, listing),',
        replace: '(round as unknown as { early: ReturnType<typeof loadSweepRows> }).early,',
      },
    ],
  },
  {
    name: 'sweep-ignores-open-orders',
    focus: SWEPT,
    why: 'an order that may be under way wants what carries its tag',
    edits: [
      NO_GRACE,
      {
        file: CLASSIFY,
        find: `// It may be this very resource; the reconciler finds out.
    case 'open':
    case 'called':
      return true;`,
        replace: `case 'open':
    case 'called':
      return false;`,
      },
      { file: ROWS, find: `(a.id = $5 and a.state in ('open', 'called'))`, replace: '(a.id = $5 and false)' },
    ],
  },
  {
    name: 'sweep-takes-any-row-for-a-want',
    focus: DOUBLED,
    why: 'only rows of machines that have not ended want anything',
    edits: [
      {
        file: CLASSIFY,
        find: `case 'absent':
    case undefined:
      return false;`,
        replace: `case 'absent':
      return true;
    case undefined:
      return false;`,
      },
    ],
  },
  {
    name: 'sweep-blind-to-second-servers',
    focus: DOUBLED,
    why: 'one order wants one resource, whatever carries its tag',
    edits: [
      {
        file: CLASSIFY,
        find: 'return attempt.providerRef === resource.ref.id && !attempt.isInstanceFinal;',
        replace: 'return !attempt.isInstanceFinal;',
      },
    ],
  },
  {
    name: 'sweep-takes-what-is-foreign',
    focus: SWEPT,
    why: 'two installations may share an account',
    edits: [
      {
        file: PLAN,
        find: 'resource.owner?.installation === facts.installation',
        replace: 'resource.owner !== undefined',
      },
    ],
  },
  {
    name: 'volume-of-a-second-server-adopted',
    focus: DOUBLED,
    why: 'what came with a second server is not the own volume of the instance',
    edits: [{ file: CLASSIFY, find: 'isByTheWay && !isOnUnwanted &&', replace: 'isByTheWay &&' }],
  },
  {
    name: 'finding-costs-for-ever',
    focus: DOUBLED,
    why: 'what nobody wanted is on the bill, from its beginning to its end',
    edits: [
      {
        file: RECORDS,
        find: `await insertCost(round, tx, finding, { edge: 'stop', atMs: look.billedToMs, look });`,
        replace: '',
      },
    ],
  },
  {
    name: 'finding-costs-from-when-we-knew',
    focus: DOUBLED,
    why: 'the provider bills from its own moment, not from ours',
    edits: [
      { file: RECORDS, find: 'atMs: look.billedFromMs ?? finding.createdAtMs,', replace: 'atMs: undefined,' },
    ],
  },
  {
    name: 'finding-ended-without-proof',
    focus: DOUBLED,
    why: 'an accepted delete of an orphan proves nothing either',
    edits: [
      {
        file: 'src/instances/sweep/release.ts',
        find: `if (look.state === 'gone') return end(round, finding, look, false);`,
        replace: `if (look.state === 'gone' || finding.deleteCalledAtMs !== null) return end(round, finding, look, false);`,
      },
    ],
  },
  {
    name: 'part-not-marked-called',
    why: 'a part may exist from its call on, like a server',
    edits: [
      {
        file: 'src/instances/reconcile/act-create.ts',
        find: 'await markAttemptCalled(tx, instance, id, windowMs);',
        replace: `if (kind === 'server') await markAttemptCalled(tx, instance, id, windowMs);`,
      },
    ],
  },
  {
    name: 'part-released-without-proof',
    why: 'an accepted delete of a part may have no effect',
    edits: [
      {
        file: RELEASE,
        find: `if (found?.state === 'gone') return { do: 'confirm_gone'`,
        replace: `if (found?.state === 'gone' || (attempt.kind !== 'server' && attempt.deleteCalledAtMs !== null)) return { do: 'confirm_gone'`,
      },
    ],
  },
  {
    name: 'server-before-its-parts',
    why: 'a server is made with what stands beside it',
    edits: [
      {
        file: CREATE,
        find: `[...partsToOrder(situation), 'server']`,
        replace: `['server', ...partsToOrder(situation)]`,
      },
    ],
  },
  {
    name: 'next-offer-with-old-parts',
    why: 'what cannot serve the next offer is given up with the last one',
    edits: [
      {
        file: 'src/instances/reconcile/act-offers.ts',
        find: 'await abandonAttempts(tx, instance, instance.id, next.zone);',
        replace: '',
      },
    ],
  },
  {
    name: 'addresses-cost-nothing',
    why: 'addresses are on the bill too',
    edits: [
      {
        file: 'src/instances/reconcile/resources.ts',
        find: `return kind === 'server' || kind === 'volume' || kind === 'address';`,
        replace: `return kind === 'server' || kind === 'volume';`,
      },
    ],
  },
  {
    name: 'kept-volume-deleted',
    why: 'what people keep outlives its machine',
    edits: [
      {
        file: RELEASE,
        find: `return volume.deleteOnTerminate ? releaseVolume(situation, seen, volume) : { do: 'rest' };`,
        replace: 'return releaseVolume(situation, seen, volume);',
      },
    ],
  },
  {
    name: 'order-of-kept-volume-stays',
    why: 'what has ended is known by no row any more',
    edits: [
      {
        file: 'src/instances/jobs/release-volume.ts',
        find: 'await recordVolumeAbsent(tx, volume, volume.instanceId, ref);',
        replace: '',
      },
    ],
  },
  {
    name: 'reinstalled-by-the-old-worker',
    why: 'a worker is installed anew when a new one has registered',
    edits: [
      {
        file: 'src/instances/reconcile/decide-reinstall.ts',
        find: 'worker.epoch > reinstall.fromEpoch',
        replace: 'worker.epoch >= reinstall.fromEpoch',
      },
    ],
  },
];
