/** Rules that are there because of the manner of one provider. */
import type { Mutant } from './mutants.ts';

export const MANNER_MUTANTS: readonly Mutant[] = [
  {
    name: 'started-unprepared',
    focus: { manner: 'scaleway' },
    why: 'what a create could not carry is given to a server before each start',
    edits: [
      {
        file: 'src/instances/reconcile/act-start.ts',
        find: 'const prepared = await prepareServer(run, ref);',
        replace: 'const prepared: ProviderAnswer<void> = { ok: true, value: undefined, durationMs: 0 };',
      },
    ],
  },
  {
    name: 'refused-delete-gives-up',
    focus: { manner: 'scaleway' },
    why: 'a server that starts is not deleted, and is asked to go again later',
    edits: [
      {
        file: 'src/instances/reconcile/act-release.ts',
        find: `if (!answer.ok) return holdBack(run, decision, 'PROVIDER_DELETE', answer);`,
        replace: `if (!answer.ok && answer.error.facts.kind === 'conflict') {
    await apply(run, name, (tx) => recordAbsent(tx, instance, attempt.id));
    return;
  }
  if (!answer.ok) return holdBack(run, decision, 'PROVIDER_DELETE', answer);`,
      },
    ],
  },
  {
    name: 'ended-unstarted-is-the-end',
    focus: { manner: 'aws', always: ['ends_unstarted'] },
    why: 'a machine that was ended before it ever ran is asked for elsewhere',
    edits: [
      {
        file: 'src/instances/reconcile/decide-start.ts',
        find: 'const gone = decideNeverRan(server) ?? decideGone(situation, seen);',
        replace: 'const gone = decideGone(situation, seen);',
      },
    ],
  },
  {
    name: 'one-look-in-vain-is-the-end',
    focus: { manner: 'aws', always: ['read_flickers'], without: ['server_taken', 'ends_unstarted'] },
    why: 'a young machine may be found by one read and not by the next',
    edits: [
      {
        file: 'src/instances/reconcile/observe.ts',
        find: `return nowMs >= provenAtMs ? { do: 'move', to: 'failed', reason: 'server_gone' } : undefined;`,
        replace: `return nowMs >= 0 || provenAtMs < 0 ? { do: 'move', to: 'failed', reason: 'server_gone' } : undefined;`,
      },
    ],
  },
];
