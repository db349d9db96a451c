import type { FaultWishes } from './faults.ts';
import type { MannerName } from './manner.ts';

/** What is certain in a history that is else left to its seed: circumstances in which a rule matters. */
export interface Focus extends FaultWishes {
  /** Everything at the providers is compared with everything known, again and again. */
  readonly hasSweep?: boolean;
  /** Of all providers. */
  readonly manner?: MannerName | undefined;
  readonly orders?: number;
  /** A worker falls silent, or all do, when all is calm. */
  readonly isSilenced?: boolean;
  /** Nobody ends what he has ordered before the end. */
  readonly isKept?: boolean;
}
