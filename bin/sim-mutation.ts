/** Loads the code with one of its rules taken out, for the proof that the simulation would notice. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MUTANTS, type Mutant } from '#simulation/world/mutants.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The changed files by their path.
 * @throws Error when a text that is to be replaced is not there exactly once
 */
export function patchedSources(mutant: Mutant): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { file, find, replace } of mutant.edits) {
    const source = sources.get(file) ?? readFileSync(join(ROOT, file), 'utf8');
    const found = source.split(find).length - 1;
    if (found !== 1)
      throw new Error(`mutant ${mutant.name}: its text is ${found} times in ${file}, not once`);
    sources.set(
      file,
      source.replace(find, () => replace),
    );
  }
  return sources;
}

/** From now on these files are loaded as the mutant has them. */
export function applyMutant(name: string): void {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (!mutant) throw new Error(`there is no mutant ${name}`);
  const sources = new Map(
    [...patchedSources(mutant)].map(([file, source]) => [pathToFileURL(join(ROOT, file)).href, source]),
  );
  registerHooks({
    load(url, context, next) {
      const source = sources.get(url);
      return source === undefined
        ? next(url, context)
        : { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}
