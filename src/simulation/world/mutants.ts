/**
 * One rule each, taken out of the code while it is loaded. The simulation must notice every one of them, else it
 * proves nothing. A text that is not found exactly once is an error, so a mutant cannot fade away unseen.
 */

import type { Focus } from './focus.ts';
import { CREATE_MUTANTS } from './mutants-create.ts';
import { MANNER_MUTANTS } from './mutants-manner.ts';
import { RELEASE_MUTANTS } from './mutants-release.ts';
import { SWEEP_MUTANTS } from './mutants-sweep.ts';
import { WORK_MUTANTS } from './mutants-work.ts';

export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  /** What the rule is there for. */
  readonly why: string;
  readonly edits: readonly Edit[];
  /** Where it is looked for; else in histories as they come. */
  readonly focus?: Focus;
}

export const MUTANTS: readonly Mutant[] = [
  ...CREATE_MUTANTS,
  ...RELEASE_MUTANTS,
  ...WORK_MUTANTS,
  ...SWEEP_MUTANTS,
  ...MANNER_MUTANTS,
];
