/** Rules of deleting what is not wanted any more, and of what it cost. */
import type { Mutant } from './mutants.ts';

const DECIDE = 'src/instances/reconcile/decide-release.ts';
const ADOPT = 'src/instances/reconcile/act-adopt.ts';
const ACT = 'src/instances/reconcile/act-release.ts';

export const RELEASE_MUTANTS: readonly Mutant[] = [
  {
    name: 'absence-after-delete-believed-at-once',
    why: 'a server that was not visible yet was not deleted either',
    edits: [
      {
        file: DECIDE,
        find: `if (situation.nowMs >= provenAtMs) return { do: 'confirm_gone', attempt, resource: found };`,
        replace: `if (provenAtMs > 0) return { do: 'confirm_gone', attempt, resource: found };`,
      },
    ],
  },
  {
    name: 'accepted-delete-believed',
    why: 'an accepted delete may take long, or have no effect',
    edits: [
      {
        file: DECIDE,
        find: `if (found?.state === 'gone') return { do: 'confirm_gone'`,
        replace: `if (found?.state === 'gone' || attempt.deleteCalledAtMs !== null) return { do: 'confirm_gone'`,
      },
    ],
  },
  {
    name: 'stopping-taken-for-gone',
    why: 'a machine that is being deleted exists and costs',
    edits: [
      {
        file: DECIDE,
        find: `if (found?.state === 'gone') return { do: 'confirm_gone'`,
        replace: `if (found?.state === 'gone' || found?.state === 'stopping') return { do: 'confirm_gone'`,
      },
    ],
  },
  {
    name: 'open-order-forgotten-on-the-way-out',
    why: 'a create in flight must be resolved before the end is written',
    edits: [
      {
        file: DECIDE,
        find: 'return resolveCalled(situation, seen, attempt, false);',
        replace: `return { do: 'rest' };`,
      },
    ],
  },
  {
    name: 'deletion-gives-up',
    why: 'a deletion that does not end is a bill that does not end',
    edits: [
      {
        file: DECIDE,
        find: `if (servers.do !== 'rest') return servers;`,
        replace: `if (servers.do !== 'rest' && situation.nowMs - situation.instance.stateAtMs < 120_000) return servers;`,
      },
    ],
  },
  {
    name: 'delete-not-repeated',
    why: 'an accepted delete without effect is ordered again',
    edits: [
      {
        file: DECIDE,
        find: 'return nowMs - deleteCalledAtMs >= 10 * limits.pollMs;',
        replace: 'return nowMs < deleteCalledAtMs && limits.pollMs > 0;',
      },
    ],
  },
  {
    name: 'volumes-left-behind',
    why: 'volumes outlive their server and cost',
    edits: [
      {
        file: DECIDE,
        find: '...doomed.map((volume) => heldBack(releaseVolume(situation, seen, volume), seen)),',
        replace: '',
      },
    ],
  },
  {
    name: 'volume-delete-believed',
    why: 'an accepted delete of a volume proves nothing',
    edits: [
      {
        file: DECIDE,
        find: `if (found?.state === 'gone') return { do: 'confirm_volume_gone', volume, seen: found };`,
        replace: `if (found?.state === 'gone' || volume.deleteCalledAtMs !== null) return { do: 'confirm_volume_gone', volume, seen: found };`,
      },
    ],
  },
  {
    name: 'volumes-not-looked-for-before-the-end',
    why: 'only the server tells which volumes it had',
    edits: [
      {
        file: DECIDE,
        find: `if (found && isServer(found) && volumeRef) return { do: 'discover_volume', server: found, volumeRef };`,
        replace: '',
      },
    ],
  },
  {
    name: 'not-drained',
    why: 'requests in flight are let to end',
    edits: [
      {
        file: DECIDE,
        find: `if (seen.drain === undefined) return { do: 'order_drain' };`,
        replace: `if (seen.drain === undefined) return { do: 'move', to: 'terminating', reason: 'drained' };`,
      },
    ],
  },
  {
    name: 'server-costs-for-ever',
    why: 'costs end with their resource',
    edits: [
      {
        file: ACT,
        find: `await recordCost(run, tx, attempt, { resource, rate }, 'stop');`,
        replace: '',
      },
    ],
  },
  {
    name: 'server-costs-until-we-noticed',
    why: 'the provider bills to its own moment, not to ours',
    edits: [
      {
        file: ADOPT,
        find: '(resource.billedFromMs ?? resource.createdAtMs) : resource.billedToMs,',
        replace: '(resource.billedFromMs ?? resource.createdAtMs) : undefined,',
      },
    ],
  },
  {
    name: 'volume-costs-until-we-noticed',
    why: 'the provider bills to its own moment, not to ours',
    edits: [{ file: ACT, find: 'atMs: seen?.billedToMs,', replace: 'atMs: undefined,' }],
  },
  {
    name: 'server-costs-from-when-we-knew',
    why: 'the provider bills from its own moment, not from ours',
    edits: [
      {
        file: ADOPT,
        find: '(resource.billedFromMs ?? resource.createdAtMs) : resource.billedToMs,',
        replace: 'undefined : resource.billedToMs,',
      },
    ],
  },
  {
    name: 'volume-costs-nothing',
    why: 'volumes are on the bill too',
    edits: [
      {
        file: 'src/instances/reconcile/act-start.ts',
        find: `if (volume) await recordVolumeCost(run, tx, volume, 'start');`,
        replace: '',
      },
      { file: ACT, find: `if (seen) await recordVolumeCost(run, tx, seen, 'start');`, replace: '' },
      { file: ACT, find: `await recordVolumeCost(run, tx, found, 'start');`, replace: '' },
    ],
  },
  {
    name: 'costs-not-settled',
    why: 'a cost event is due work, in its own transaction',
    edits: [
      {
        file: 'src/instances/store/cost-events.ts',
        find: 'if (!row) return;',
        replace: `if (!row || event.edge === 'stop') return;`,
      },
    ],
  },
  {
    name: 'interval-not-closed',
    why: 'an interval ends with its resource',
    edits: [
      {
        file: 'src/finops/jobs/settle-costs.ts',
        find: 'if (stop) await closeInterval',
        replace: 'if (stop && stop.nanosPerHour === null) await closeInterval',
      },
    ],
  },
  {
    name: 'interval-opened-again',
    why: 'settling twice is settling once',
    edits: [
      {
        file: 'src/finops/interval-store.ts',
        find: 'where not exists (select from cost_intervals where resource_kind = $4 and resource_ref = $5)',
        replace: 'where $5::text is not null',
      },
    ],
  },
  {
    name: 'cost-rounded-down',
    why: 'one rounding, the provider has the same',
    edits: [
      {
        file: 'src/kernel/money.ts',
        find: 'BigInt(rate) * BigInt(eurRate) + divisor)',
        replace: 'BigInt(rate) * BigInt(eurRate))',
      },
    ],
  },
];
