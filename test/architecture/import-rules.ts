import { posix } from 'node:path';
import { cut } from './source-text.ts';

/**
 * From the top down. A folder may import those on later lines; folders on one line do not know each other.
 * Everything below `providers` and above `contracts` is infrastructure, in the order in which it builds on itself.
 */
export const RANKS: readonly (readonly string[])[] = [
  ['bin', 'test', 'bench', 'scripts'],
  ['simulation'],
  ['gateway', 'worker', 'cli'],
  ['webhooks', 'workbench', 'offerings', 'batches'],
  ['finops'],
  ['routing'],
  ['deployments'],
  ['instances'],
  ['hosts'],
  ['catalog'],
  ['settings'],
  ['identity'],
  ['mail'],
  ['alerts'],
  ['providers'],
  ['jobs', 'http', 'telemetry'],
  ['database'],
  ['supervisor'],
  ['config'],
  ['contracts'],
  ['kernel'],
];

export const DOMAINS: readonly string[] = RANKS.slice(3, 14).flat();
const WORKER_MAY_REACH = ['worker', 'contracts', 'kernel'];

/** The modules a source names, in static imports, re-exports and dynamic imports. */
export function importsOf(source: string): string[] {
  const pieces = cut(source).filter((piece) => piece.kind !== 'comment');
  return pieces.flatMap((piece, index) => {
    const before = pieces[index - 1];
    if (piece.kind !== 'text' || before?.kind !== 'code') return [];
    const isImport = /(\bfrom|\bimport|\bimport\s*\(|\bimport\.meta\.resolve\s*\()\s*$/.test(before.text);
    return isImport ? [piece.text.slice(1, -1)] : [];
  });
}

/** The file inside the repository that a module name means; undefined for packages and Node's own. */
export function resolveImport(file: string, specifier: string): string | undefined {
  if (file.startsWith('web/') && specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier);
  return undefined;
}

/** What is wrong with one import, and what to do instead; undefined when it is right. */
export function checkImport(file: string, specifier: string): string | undefined {
  const target = resolveImport(file, specifier);
  if (target === undefined) return checkPackage(file, specifier);
  if (isTestOnly(target) && !isTestOnly(file)) {
    return `${file} imports ${target}, which is for tests only: move what it needs out of there`;
  }
  if (file.startsWith('web/')) {
    return target.startsWith('web/') || target.startsWith('src/contracts/') || isTestOnly(file)
      ? undefined
      : `${file} imports ${target}: the dashboard imports src/contracts and nothing else of the backend`;
  }
  return (
    checkWorker(file, target) ??
    checkRank(file, target) ??
    checkConcrete(file, target) ??
    checkStore(file, target)
  );
}

function checkRank(file: string, target: string): string | undefined {
  if (isTestOnly(file)) return undefined;
  const [from, to] = [folderOf(file), folderOf(target)];
  if (from === to) return undefined;
  const [own, theirs] = [rankOf(from), rankOf(to)];
  if (own < 0) return `${file} is in the folder ${from}, which has no rank: give it one in test/architecture`;
  if (theirs < 0) return `${file} imports ${target}, whose folder has no rank`;
  if (theirs > own) return undefined;
  return `${file} imports ${target}: imports point down only (${to} is not below ${from}); pass it in from bin/, or move the shared part down`;
}

function checkWorker(file: string, target: string): string | undefined {
  if (!isWorker(file) || isTestOnly(file) || WORKER_MAY_REACH.includes(folderOf(target))) return undefined;
  return `${file} imports ${target}: the worker reaches only kernel, contracts and worker, so that it stays one small file`;
}

function checkConcrete(file: string, target: string): string | undefined {
  const concrete = /^src\/(providers\/(?!_)[a-z-]+|worker\/engines)\/([a-z-]+)/.exec(target);
  if (!concrete || isTestOnly(file) || rankOf(folderOf(file)) === 0) return undefined;
  const home = target.startsWith('src/providers/')
    ? target.split('/').slice(0, 3).join('/')
    : 'src/worker/engines';
  if (file.startsWith(`${home}/`)) return undefined;
  if (home === 'src/worker/engines' && /engines\/(engine|launch)\.ts$/.test(target)) return undefined;
  return `${file} imports ${target}: only bin/ names a concrete provider or engine; take the port's interface instead`;
}

function checkStore(file: string, target: string): string | undefined {
  const isStore = /(^|\/)(store|[a-z-]+-store)\.ts$|\/store\//.test(target);
  if (!isStore || isTestOnly(file) || folderOf(file) === folderOf(target)) return undefined;
  return `${file} imports ${target}: a store is its own domain's; call a command or a query of ${folderOf(target)}`;
}

function checkPackage(file: string, specifier: string): string | undefined {
  if (/^pg($|\/)/.test(specifier) && !file.startsWith('src/database/')) {
    return `${file} imports pg: SQL goes through src/database; take a Queryable`;
  }
  if (
    /^node:timers/.test(specifier) &&
    file !== 'src/kernel/system-env.ts' &&
    isBackend(file) &&
    !isTestOnly(file)
  ) {
    return `${file} imports ${specifier}: sleep by env.sleep, so that time can be simulated`;
  }
  if (isWorker(file) && !isTestOnly(file) && !/^(node:|zod$)/.test(specifier)) {
    return `${file} imports the package ${specifier}: the worker is one small file of our own code and Node's modules`;
  }
  return undefined;
}

/** The folder with a rank: the first one under src/, else the first. */
export function folderOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'src' ? second : first;
}

export function isTestOnly(path: string): boolean {
  return /\.test\.tsx?$|(^|\/)test-[a-z-]+\.ts$|(^|\/)testing(\/|\.ts$)|^(test|bench)\//.test(path);
}

export function isBackend(path: string): boolean {
  return path.startsWith('src/');
}

function isWorker(path: string): boolean {
  return path.startsWith('src/worker/') || path === 'bin/worker.ts';
}

function rankOf(folder: string): number {
  return RANKS.findIndex((folders) => folders.includes(folder));
}
