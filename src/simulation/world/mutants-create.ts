/** Rules of ordering a machine, and of knowing what one has. */
import type { Mutant } from './mutants.ts';

const ACT = 'src/instances/reconcile/act-create.ts';
const ADOPT = 'src/instances/reconcile/act-adopt.ts';
const DECIDE = 'src/instances/reconcile/decide-create.ts';
const OBSERVE = 'src/instances/reconcile/observe.ts';

export const CREATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'order-not-marked-called',
    why: 'a process that dies after its call must leave a trace of it',
    edits: [{ file: ACT, find: 'await markAttemptCalled(tx, instance, id, windowMs);', replace: '' }],
  },
  {
    name: 'absence-of-order-believed-at-once',
    why: 'a new server may stay invisible for a while',
    edits: [
      {
        file: DECIDE,
        find: 'const leftMs = (attempt.absentAfterMs ?? 0) - situation.nowMs;',
        replace: 'const leftMs = 0;',
      },
    ],
  },
  {
    name: 'window-without-the-deadline-of-the-call',
    why: 'a call may have its effect until its deadline, and the window begins then',
    edits: [
      {
        file: ACT,
        find: 'const windowMs = 2 * run.settings.providerTimeoutMs + limits.absenceWindowMs;',
        replace: 'const windowMs = limits.absenceWindowMs / 3;',
      },
    ],
  },
  {
    name: 'ordered-again-instead-of-adopted',
    why: 'what carries the tag of an attempt is that attempt',
    edits: [
      {
        file: DECIDE,
        find: `if (found.length > 0) return { do: 'adopt', attempt, resources: found };`,
        replace: `if (found.length > 0) return { do: 'resolve_absent', attempt };`,
      },
    ],
  },
  {
    name: 'called-again-without-tokens',
    why: 'only a provider that knows tokens may be asked twice',
    edits: [
      { file: DECIDE, find: `situation.capabilities.idempotentCreate === 'token'`, replace: 'mayCallAgain' },
    ],
  },
  {
    name: 'unknown-outcome-taken-for-nothing',
    why: 'an answer of 500 does not say that nothing was made',
    edits: [
      {
        file: ACT,
        find: 'if (isFirstCall && !error.facts.outcomeUnknown) {',
        replace: 'if (isFirstCall) {',
      },
    ],
  },
  {
    name: 'call-after-a-long-pause',
    focus: { always: ['pause_before_order'] },
    why: 'a process that was stopped must not act on what it knew before',
    edits: [
      {
        file: ACT,
        find: 'if (isLate) throw',
        replace: 'if (isLate && markedAt < 0) throw',
      },
    ],
  },
  {
    name: 'second-server-not-recorded',
    focus: { hasSweep: true, always: ['provider_doubles'] },
    why: 'a provider may make two servers for one order',
    edits: [
      {
        file: ADOPT,
        find: 'else await recordStray(run, tx, attempt, fact);',
        replace: '',
      },
      // The sweep would find it later.
      {
        file: 'src/instances/sweep/classify.ts',
        find: 'return attempt.providerRef === resource.ref.id && !attempt.isInstanceFinal;',
        replace: 'return !attempt.isInstanceFinal;',
      },
    ],
  },
  {
    name: 'stray-not-deleted',
    focus: { hasSweep: true, always: ['provider_doubles'] },
    why: 'a second server costs until it is deleted, also while the first one serves',
    edits: [
      {
        file: 'src/instances/reconcile/decide.ts',
        find: 'const strays = releaseStrays(situation, seen);',
        replace: `const strays = releaseStrays({ ...situation, attempts: [] }, seen);`,
      },
    ],
  },
  {
    name: 'missing-server-believed-gone-at-once',
    why: 'not being seen is a hint; only after the window it is a proof',
    edits: [
      {
        file: OBSERVE,
        find: `return nowMs >= provenAtMs ? { do: 'move', to: 'failed', reason: 'server_gone' } : undefined;`,
        replace: `return provenAtMs > 0 ? { do: 'move', to: 'failed', reason: 'server_gone' } : undefined;`,
      },
    ],
  },
  {
    name: 'server-that-is-gone-kept',
    why: 'a machine that the provider took away serves nobody and may leave a volume',
    edits: [
      {
        file: OBSERVE,
        find: `if (server?.state === 'gone') return { do: 'move', to: 'failed', reason: 'server_gone' };`,
        replace: `if (server?.state === 'gone') return undefined;`,
      },
    ],
  },
  {
    name: 'silence-destroys',
    why: 'a worker that does not speak is no reason to delete its machine',
    edits: [
      {
        file: 'src/instances/reconcile/decide-watch.ts',
        find: `if (hasReturned && isFresh(situation)) {\n    return { do: 'move', to: 'starting', reason: 'worker_returned' };\n  }`,
        replace: `if (!isFresh(situation)) return { do: 'move', to: 'terminating', reason: 'worker_silent' };`,
      },
    ],
  },
  {
    name: 'time-of-the-process',
    why: 'clocks of processes are wrong; only the database decides what time it is',
    edits: [
      {
        file: 'src/instances/jobs/reconcile-instance.ts',
        find: 'const situation: Situation = { ...record,',
        replace: 'const situation: Situation = { ...record, nowMs: deps.env.clock.now(),',
      },
    ],
  },
];
