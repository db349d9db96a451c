/** Loads the code with one of its rules taken out, for the proof that the simulation would notice. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MUTANTS, type Mutant } from '#simulation/world/mutants.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @throws Error when a text that is to be replaced is not there exactly once */
export function patchedSource(mutant: Mutant): string {
  const source = readFileSync(join(ROOT, mutant.file), 'utf8');
  const found = source.split(mutant.find).length - 1;
  if (found !== 1) {
    throw new Error(`mutant ${mutant.name}: its text is ${found} times in ${mutant.file}, not once`);
  }
  return source.replace(mutant.find, () => mutant.replace);
}

/** From now on the file is loaded as the mutant has it. */
export function applyMutant(name: string): void {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (!mutant) throw new Error(`there is no mutant ${name}`);
  const source = patchedSource(mutant);
  const url = pathToFileURL(join(ROOT, mutant.file)).href;
  registerHooks({
    load: (loaded, context, next) =>
      loaded === url ? { format: 'module-typescript', source, shortCircuit: true } : next(loaded, context),
  });
}
