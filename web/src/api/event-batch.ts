import type { LiveEvent } from '#contracts/events.ts';

interface BatchOptions {
  /** Receives what happened since the last commit, in order, at most once per `intervalMs`. */
  commit: (events: readonly LiveEvent[]) => void;
  intervalMs: number;
  /** Runs `action` after a delay; `setTimeout` in the browser. */
  schedule: (action: () => void, delayMs: number) => void;
}

/**
 * Gathers live events, so that a hundred starting instances cause four renders a second and not hundreds.
 * The first event of a quiet time waits the full interval too: its neighbours are usually a few milliseconds behind.
 */
export function createEventBatch({ commit, intervalMs, schedule }: BatchOptions) {
  let waiting: LiveEvent[] = [];
  return {
    add(event: LiveEvent): void {
      waiting.push(event);
      if (waiting.length > 1) return;
      schedule(() => {
        const events = waiting;
        waiting = [];
        commit(events);
      }, intervalMs);
    },
  };
}
