/**
 * All crash points that the code names, read from its text: where `crashPoint` is called, and where one of the
 * functions that call it is. A name that is put together in a way unknown here is an error and not overlooked.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTANCE_STATES } from '#contracts/instances.ts';
import { KINDS } from './point-names.ts';

const ROOT = join(import.meta.dirname, '../..');

/** They make names of what they are told; those who tell it are read. */
const WRAPPERS: readonly string[] = [
  'src/kernel/env.ts',
  'src/kernel/system-env.ts',
  'src/providers/call-with-limit.ts',
];

/** The job of files whose names depend on who calls them. */
const JOBS: readonly (readonly [path: RegExp, jobs: readonly string[]])[] = [
  [/^src\/instances\/(reconcile\/|jobs\/reconcile-instance)/, ['reconcile-instance']],
  [/^src\/instances\/(sweep\/|jobs\/sweep-provider)/, ['sweep-provider']],
  [/^src\/instances\/jobs\/release-volume/, ['release-volume']],
  [/^src\/instances\/jobs\/renew-expiry/, ['renew-expiry']],
  [/^src\/instances\/jobs\/run-reconcile/, ['run-reconcile']],
  [/^src\/catalog\/jobs\/run-catalogue-sync/, ['run-catalogue-sync']],
  // Asked by the regular job, and by the one that somebody asked for.
  [/^src\/catalog\/jobs\/sync-offers/, ['sync-offers', 'run-catalogue-sync']],
];

/** What stands for several words in a name. */
const EXPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  'wordOf(kind)': KINDS,
  'wordOf(attempt.kind)': KINDS,
  word: KINDS,
  'decision.to': INSTANCE_STATES,
  name: KINDS.map((kind) => `delete-${kind}`),
  // In the functions that put names together: those who call them are read.
  operation: [],
  what: [],
};

/** A literal, a template, or a variable as the second argument; one that is given on is told apart by its place. */
const PATTERNS: readonly (readonly [pattern: RegExp, suffixes: readonly string[]])[] = [
  [/\bapply\(\s*(?:run|round|\{ deps, lease \}),\s*('[^']+'|`[^`]+`|\w+)/g, ['.commit', '.committed']],
  [/\b(?:callProvider|call)\(\s*(?:run|round),\s*('[^']+'|`[^`]+`|\w+)/g, ['.before', '.after']],
];
const LIMITED = /\bcallWithLimit\(\s*[\w.]+,\s*(`[^`]+`)/g;
const DIRECT = /\bcrashPoint\(\s*('[^']+'|`[^`]+`|\w+)/g;

export function scanPoints(): string[] {
  const paths = globSync('src/**/*.ts', { cwd: ROOT }).filter(
    (path) => !/\.test\.ts$|\/testing\//.test(path),
  );
  const found = paths
    .filter((path) => !path.startsWith('src/simulation/') && !WRAPPERS.includes(path))
    .flatMap((path) => pointsIn(path, readFileSync(join(ROOT, path), 'utf8')));
  return [...new Set(found)].sort();
}

function pointsIn(path: string, text: string): string[] {
  const jobs = JOBS.find(([pattern]) => pattern.test(path))?.[1] ?? [];
  const wrapped = PATTERNS.flatMap(([pattern, suffixes]) =>
    [...text.matchAll(pattern)].flatMap(([, word = '']) =>
      words(path, word).flatMap((name) =>
        jobs.flatMap((job) => suffixes.map((suffix) => `${job}.${name}${suffix}`)),
      ),
    ),
  );
  const limited = [...text.matchAll(LIMITED)].flatMap(([, word = '']) =>
    withJobs(words(path, word), jobs).flatMap((name) => [`${name}.before`, `${name}.after`]),
  );
  const direct = [...text.matchAll(DIRECT)].flatMap(([, word = '']) => withJobs(words(path, word), jobs));
  return [...wrapped, ...limited, ...direct];
}

/** The names that a literal, a template or a variable stands for. */
function words(path: string, source: string): string[] {
  if (source.startsWith("'")) return [source.slice(1, -1)];
  const template = source.startsWith('`') ? source.slice(1, -1) : `\${${source}}`;
  const [first = '', ...rest] = template.split(/\$\{/);
  return rest.reduce<string[]>(
    (names, piece) => {
      const end = piece.indexOf('}');
      const expression = piece.slice(0, end);
      return names.flatMap((name) =>
        meaningsOf(path, expression).map((meaning) => name + meaning + piece.slice(end + 1)),
      );
    },
    [first],
  );
}

const JOB = '<job>';

function meaningsOf(path: string, expression: string): readonly string[] {
  if (/^(RECONCILER|RUN_CATALOGUE_SYNC|(round\.)?lease\.kind)$/.test(expression)) return [JOB];
  const meanings = EXPRESSIONS[expression];
  if (!meanings) throw new Error(`${path} names a crash point with \${${expression}}: tell what it can be`);
  return meanings;
}

function withJobs(names: readonly string[], jobs: readonly string[]): string[] {
  return names.flatMap((name) => (name.includes(JOB) ? jobs.map((job) => name.replace(JOB, job)) : [name]));
}
