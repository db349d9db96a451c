import { join } from 'node:path';

/** Where a run and its dead man leave word for each other. */
export interface RunFiles {
  readonly folder: string;
  /** Data directory of the stack, with copies of the credentials. */
  readonly data: string;
  /** `look` or `delete`: what the run wants of the dead man before its time. */
  readonly order: string;
  /** What the dead man found, as JSON. */
  readonly result: string;
  readonly log: string;
}

export function filesOf(folder: string): RunFiles {
  return {
    folder,
    data: join(folder, 'data'),
    order: join(folder, 'order'),
    result: join(folder, 'result.json'),
    log: join(folder, 'dead-man.log'),
  };
}
