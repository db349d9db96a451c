/** One case of the conformance suite. What an adapter or its harness has not is left out in sight, with its reason. */
import { it as nodeIt } from 'node:test';

/** Thrown by a harness, or by the bench, where a case asks for what is not there. */
export class Unsuited extends Error {
  override readonly name = 'Unsuited';
}

export function it(name: string, run: () => Promise<void>): void {
  nodeIt(name, async (t) => {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof Unsuited)) throw error;
      t.skip(error.message);
    }
  });
}
